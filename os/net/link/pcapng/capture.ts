/** A running capture: the frames of links as a pcapng file, handed to a sink block by block. */
import { type Direction, enhancedPacket, interfaceDescription, interfaceStatistics, sectionHeader } from './blocks.ts';
import type { CapturingLink } from './capturing-link.ts';

/** Where a capture goes. */
export interface CaptureSink {
  /** Takes a whole block, or answers false: it has no room, and the frame is missing in the capture. */
  write(block: Uint8Array): boolean;
}

export interface CaptureOptions {
  /** Named in the file as what wrote it. */
  readonly application: string;
  /** Milliseconds since 1970, with fractions. */
  readonly now: () => number;
  /** Bytes that are kept of each frame; all of them if it is not given. */
  readonly snapLength?: number;
  /** Frames that are wanted; all of them if it is not given. */
  readonly filter?: (frame: Uint8Array, direction: Direction) => boolean;
}

export interface Capture {
  /** Frames in the file. */
  readonly captured: number;
  /** Frames that the sink had no room for. */
  readonly dropped: number;
  /** Ends it, with the numbers of what is missing. */
  close(): void;
}

/** Longest frame that a link can have. */
const wholeFrame = 0x40000;

/** Captures the frames of `links` in both directions. The beginning of the file is written before this returns. */
export function startCapture(links: readonly CapturingLink[], sink: CaptureSink, options: CaptureOptions): Capture {
  const { now, snapLength = wholeFrame, filter = () => true } = options;
  sink.write(sectionHeader(options.application));
  for (const { name } of links) sink.write(interfaceDescription(name, snapLength));
  const counts = links.map(() => ({ captured: 0, dropped: 0 }));
  const ears = links.map((link, number) => {
    const count = counts[number] ?? { captured: 0, dropped: 0 };
    return link.listen((frame, direction) => {
      if (!filter(frame, direction)) return;
      const kept = frame.subarray(0, snapLength);
      const packet = { interface: number, time: now(), direction, frame: kept, length: frame.length };
      if (sink.write(enhancedPacket(packet))) count.captured++;
      else count.dropped++;
    });
  });
  const total = (key: 'captured' | 'dropped'): number => counts.reduce((sum, count) => sum + count[key], 0);
  return {
    get captured() {
      return total('captured');
    },
    get dropped() {
      return total('dropped');
    },
    close() {
      if (ears.length === 0) return;
      for (const ear of ears.splice(0)) ear[Symbol.dispose]();
      for (const [number, { captured, dropped }] of counts.entries()) {
        sink.write(interfaceStatistics(number, now(), captured + dropped, dropped));
      }
    },
  };
}
