import { getRawPointer } from 'node:ffi';
import { ethtoolFeatures, ethtoolValue, SIOCETHTOOL } from '../../abi/ethtool.ts';
import { IFNAMSIZ, ifreq } from '../../abi/if.ts';
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } from '../../abi/socket.ts';
import type { EthtoolFeature } from '../../network.ts';
import { checked, libc } from '../libc.ts';
import { libc as network } from './libc.ts';

/** See `NetworkKernel.ethtool`. Any socket will do: the request names the interface. */
export function ethtool(name: string, feature: EthtoolFeature, value?: boolean): boolean {
  const fd = checked('socket', network.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const { get, set } = ethtoolFeatures[feature];
    if (value !== undefined) request(fd, name, set, Number(value));
    return request(fd, name, get, 0) !== 0;
  } finally {
    network.close(fd);
  }
}

function request(fd: number, name: string, command: number, value: number): number {
  const data = new DataView(new ArrayBuffer(ethtoolValue.size));
  data.setUint32(ethtoolValue.command, command, true);
  data.setUint32(ethtoolValue.value, value, true);
  const argument = new ArrayBuffer(ifreq.size);
  new TextEncoder().encodeInto(name, new Uint8Array(argument, ifreq.name, IFNAMSIZ - 1));
  new DataView(argument).setBigUint64(ifreq.data, getRawPointer(data.buffer), true);
  checked('ioctl', libc.ioctl(fd, BigInt(SIOCETHTOOL), argument), name, `ethtool command ${command}`);
  return data.getUint32(ethtoolValue.value, true);
}
