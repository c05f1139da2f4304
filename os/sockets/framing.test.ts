import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlFrame, datagramFrame, dataHeader, FrameReader } from './framing.ts';

/** Reads pieces, and tells what came out of them. */
function read(pieces: readonly Uint8Array[], longestControl = 1000) {
  const seen: unknown[] = [];
  let data = Buffer.alloc(0);
  const reader = new FrameReader(longestControl, {
    onControl: (message) => seen.push(message),
    onData: (bytes) => {
      data = Buffer.concat([data, bytes]);
    },
    onDatagram: (remote, payload) => seen.push([remote, Buffer.from(payload).toString()]),
  });
  const problems = pieces.flatMap((piece) => reader.push(piece) ?? []);
  return { seen, data: data.toString(), problems };
}

const frame = (kind: number, length: number, payload = Buffer.alloc(0)) => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(length, 0);
  header.writeUInt8(kind, 4);
  return Buffer.concat([header, payload]);
};

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    const remote = { address: '2001:db8::1', port: 65_535 };
    const wire = Buffer.concat([
      controlFrame({ type: 'end', text: 'ü' }),
      dataHeader(5),
      Buffer.from('hello'),
      dataHeader(0),
      datagramFrame(remote, Buffer.from('datagram')),
      datagramFrame({ address: '', port: 0 }, Buffer.alloc(0)),
      dataHeader(6),
      Buffer.from(' world'),
      controlFrame({}),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: wire.length }), { maxLength: 20 }), (cuts) => {
        const ends = [...cuts, wire.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => wire.subarray(ends[index - 1] ?? 0, end));
        expect(read(pieces)).toEqual({
          seen: [{ type: 'end', text: 'ü' }, [remote, 'datagram'], [{ address: '', port: 0 }, ''], {}],
          data: 'hello world',
          problems: [],
        });
      }),
    );
  });

  it.each([
    ['an unknown kind', frame(3, 0), 'there is no frame of kind 3'],
    ['too long a message', frame(0, 1001), 'a frame of 1001 bytes is too long'],
    ['too long a datagram', frame(2, 70_000), 'a frame of 70000 bytes is too long'],
    ['a message that is no JSON', frame(0, 1, Buffer.from('{')), 'a control frame is not JSON'],
    ['an empty message', frame(0, 0), 'a control frame is not JSON'],
    ['a message that is no object', frame(0, 4, Buffer.from('null')), 'a message is an object'],
    ['a datagram without an end', frame(2, 3, Buffer.from([9, 0, 0])), 'a datagram frame is too short'],
    ['an empty datagram frame', frame(2, 0), 'a datagram frame is too short'],
  ])('%s is the end of it', (_, wire, problem) => {
    const { problems, seen } = read([wire, controlFrame({ late: true })]);
    expect(problems).toEqual([problem]);
    expect(seen).toEqual([]);
  });

  it('survives any bytes', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.integer({ min: 0, max: 4 }), fc.uint8Array({ maxLength: 60 }))
        .map(([kind, payload]) => frame(kind, payload.length, Buffer.from(payload))),
    );
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        expect(read(chunks).problems.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
