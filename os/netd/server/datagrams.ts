/** Datagram sockets of clients. */
import type { Unreachable } from '../../net/socket/network.ts';
import type { SendOptions, UdpSocket } from '../../net/socket/udp-contract.ts';
import { type Endpoint, formatAddress, isIpv4, isMulticast, parseAddress } from '../../net/wire/address.ts';
import type { Backend } from '../backend/backend.ts';
import type { Conversation, Line } from './line.ts';
import * as field from './message.ts';

const mostGroups = 64;

/** What Linux reports for each reason, by errno's name. */
const codes: Readonly<Record<Unreachable['kind'], string>> = {
  'no-route': 'ENETUNREACH',
  'no-neighbour': 'EHOSTUNREACH',
  port: 'ECONNREFUSED',
  protocol: 'ENOPROTOOPT',
  prohibited: 'EACCES',
  host: 'EHOSTUNREACH',
  network: 'ENETUNREACH',
};

export function openUdp(backend: Backend, line: Line, message: field.Message): Conversation {
  const family = field.whole(message, 'family', 4, 6);
  const address = field.localAddress(message, 'address');
  const port = field.whole(message, 'port', 0, 65_535);
  let socket: UdpSocket | undefined;
  let gone = false;
  let sending: SendOptions = {};
  /** What was asked before the socket was there. */
  const groups = new Map<string, () => void>();
  const suits = (remote: Endpoint) => isIpv4(remote.address) === (family === 4);
  const place = { port, shared: message['shared'] === true, ...(address === undefined ? {} : { address }) };
  backend.openUdp(place).then(
    (opened) => {
      if (gone) {
        opened.close();
        return;
      }
      socket = opened;
      opened.onDatagram = ({ remote, payload }) => {
        if (suits(remote)) line.sendDatagram({ address: formatAddress(remote.address), port: remote.port }, payload);
      };
      opened.onError = (remote, reason) => {
        if (line.congested) return;
        const end = { address: formatAddress(remote.address), port: remote.port };
        line.tell({ type: 'undelivered', remote: end, code: codes[reason.kind] });
      };
      for (const join of groups.values()) join();
      line.tell({
        type: 'bound',
        address: address === undefined ? null : formatAddress(address),
        port: opened.local.port,
      });
    },
    (error: Error & { code?: string }) => line.fail(error.code ?? 'EINVAL', error.message),
  );
  return {
    onMessage(message) {
      const interfaceName = field.optionalText(message, 'interface');
      if (message['type'] === 'join') {
        const group = field.address(field.text(message, 'group'));
        if (!isMulticast(group))
          throw new field.Refusal('EINVAL', `${formatAddress(group)} is not a multicast address`);
        if (groups.size >= mostGroups) throw new field.Refusal('ENOBUFS', `more than ${mostGroups} groups`);
        const join = () => socket?.join(group, interfaceName);
        groups.set(`${group}${interfaceName}`, join);
        join();
      } else if (message['type'] === 'sending') {
        const hopLimit = field.optionalWhole(message, 'hopLimit', 1, 255);
        sending = {
          ...sending,
          ...(interfaceName === undefined ? {} : { interface: interfaceName }),
          ...(hopLimit === undefined ? {} : { hopLimit }),
        };
      }
    },
    onDatagram({ address: text, port }, payload) {
      const remote = parseAddress(text);
      // As everywhere: what cannot be sent is lost.
      if (socket === undefined || remote === undefined || !suits({ address: remote, port })) return;
      socket.send(payload, { address: remote, port }, sending);
    },
    onGone() {
      gone = true;
      socket?.close();
    },
  };
}
