import { type Capability, LabError, type MachineSpec } from './contract.ts';

/**
 * Guards a verb: capabilities are declared, so a verb without its capability fails before it touches the machine.
 * @throws LabError naming the machine and the capability.
 */
export function requireCapability(
  machine: { readonly name: string; readonly capabilities: ReadonlySet<Capability> },
  capability: Capability,
): void {
  if (!machine.capabilities.has(capability)) {
    throw new LabError(`machine ${machine.name} does not declare the capability ${capability}`);
  }
}

/** How many network cards a machine has. */
export const networkCards = ({ networks }: Pick<MachineSpec, 'networks'>): number => networks?.length ?? 1;

/** @throws LabError when the machine has no network card of this number. */
export function requireNetworkCard(spec: Pick<MachineSpec, 'name' | 'networks'>, index: number): void {
  const cards = networkCards(spec);
  if (Number.isInteger(index) && index >= 0 && index < cards) return;
  throw new LabError(`machine ${spec.name} has ${cards} network cards, counted from 0, and no number ${index}`);
}
