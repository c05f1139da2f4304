import { type Capability, LabError } from './contract.ts';

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
