import type { Toolbox } from '../../host/toolbox/toolbox.ts';

/** Wireshark's preferences that make it compare every checksum. */
const strict = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);

/** What is wrong with a frame, whatever it is for. */
const wrong = [
  '_ws.malformed',
  '_ws.expert.severity == "Error"',
  ...['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status == "Bad"`),
].join(' || ');

/**
 * Frames of a capture that match one of Wireshark's display filters, one line each, as `fields` of Wireshark or as its
 * summary.
 * @param toolbox the set `lab`
 */
export async function framesOf(
  toolbox: Toolbox,
  path: string,
  filter: string,
  fields: readonly string[] = [],
): Promise<string[]> {
  const form = fields.length === 0 ? [] : ['-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const { stdout } = await toolbox.run('tshark', ['-n', ...strict, '-r', path, '-Y', filter, ...form]);
  return stdout.split('\n').filter((line) => line.trim() !== '');
}

/** Those of the frames that match `filter` that are malformed, or have a wrong checksum. */
export const flawedFrames = (toolbox: Toolbox, path: string, filter: string): Promise<string[]> =>
  framesOf(toolbox, path, `(${filter}) && (${wrong})`);
