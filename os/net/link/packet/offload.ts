/**
 * The `virtio_net_hdr` in front of each frame: what is known of a received one, and what the kernel is to finish of one
 * that is sent. It lies right before the frame, at an even offset.
 */
import {
  VIRTIO_NET_HDR_F_DATA_VALID,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
  virtioNet,
} from '../../../syscall/abi/virtio-net.ts';
import type { FrameInfo, Unfinished } from '../link.ts';

/** Where the data offset is in TCP's header, in its high four bits and in units of four bytes: RFC 9293, section 3.1. */
const tcpDataOffset = 12;

const unknown: FrameInfo = { checksum: 'unknown', segmentSize: 0 };
const verified: FrameInfo = { checksum: 'verified', segmentSize: 0 };
/** The last one of a super-frame: those of one connection are alike. */
let merged: FrameInfo = verified;

/**
 * What the header before the frame at `frame` says.
 * @param verifiedBySlot whether the kernel said elsewhere that it has looked at the checksum
 */
export function readFrameInfo(bytes: Uint8Array, frame: number, verifiedBySlot: boolean): FrameInfo {
  const header = frame - virtioNet.size;
  // A checksum that the sender left to hardware never went over a wire where it could have been damaged.
  const flags = VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID;
  const checked = verifiedBySlot || ((bytes[header + virtioNet.flags] as number) & flags) !== 0;
  if (bytes[header + virtioNet.segmentation] === VIRTIO_NET_HDR_GSO_NONE) return checked ? verified : unknown;
  const at = header + virtioNet.segmentSize;
  const segmentSize = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  const checksum = checked ? 'verified' : 'unknown';
  if (merged.segmentSize !== segmentSize || merged.checksum !== checksum) merged = { checksum, segmentSize };
  return merged;
}

/** Writes the header before the frame at `frame`. `halves` is the same memory as `bytes`, from its start. */
export function writeOffload(
  bytes: Uint8Array,
  halves: Uint16Array,
  frame: number,
  unfinished: Unfinished | undefined,
): void {
  const header = (frame - virtioNet.size) >> 1;
  let kinds = 0;
  let headerLength = 0;
  let segmentSize = 0;
  let checksumStart = 0;
  let checksumOffset = 0;
  if (unfinished !== undefined) {
    kinds = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    ({ checksumStart, checksumOffset } = unfinished);
    const { segment } = unfinished;
    if (segment !== undefined) {
      // Flags are the low byte, the kind of segmentation is the high one.
      kinds |= (segment.family === 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6) << 8;
      segmentSize = segment.size;
      headerLength = checksumStart + (((bytes[frame + checksumStart + tcpDataOffset] as number) >> 4) << 2);
    }
  }
  halves[header] = kinds;
  halves[header + virtioNet.headerLength / 2] = headerLength;
  halves[header + virtioNet.segmentSize / 2] = segmentSize;
  halves[header + virtioNet.checksumStart / 2] = checksumStart;
  halves[header + virtioNet.checksumOffset / 2] = checksumOffset;
}
