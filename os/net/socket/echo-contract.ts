/** The contract of echo requests (ping) towards their users: RFC 792, RFC 4443. */
import type { Address } from '../wire/address.ts';

/** One answer to an echo request, or the error that came instead. Milliseconds. */
export type EchoReply =
  | {
      readonly kind: 'reply';
      readonly from: Address;
      readonly sequence: number;
      readonly roundTrip: number;
      readonly hopLimit: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'unreachable';
      readonly from: Address | undefined;
      readonly sequence: number;
      readonly reason: string;
    };

export interface EchoSession {
  /** @returns a sentence when it could not be sent at all */
  send(sequence: number, bytes: number): string | undefined;
  onReply: (reply: EchoReply) => void;
  close(): void;
}
