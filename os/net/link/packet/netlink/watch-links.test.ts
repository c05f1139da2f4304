import { describe, expect, it } from 'vitest';
import { type ScriptedLink, scriptedRoute } from '../fixture/scripted-route.ts';
import { watchLinks } from './watch-links.ts';

function watched() {
  const route = scriptedRoute();
  const heard: string[] = [];
  const watch = watchLinks(
    route.kernel,
    ({ name, up, mtu }) => heard.push(`${name} ${up ? 'up' : 'down'} ${mtu}`),
    ({ name }) => heard.push(`${name} gone`),
  );
  const eth0 = route.links[0] as ScriptedLink;
  return { route, heard, watch, eth0 };
}

describe('watchLinks', () => {
  it('tells of what is there, before it returns', () => {
    expect(watched().heard).toEqual(['eth0 up 1500']);
  });

  it('tells of changes and of nothing else', () => {
    const { route, heard, eth0 } = watched();
    route.announce(eth0);
    route.announce({ ...eth0, up: false });
    route.announce({ ...eth0, up: false, mtu: 1400 });
    expect(heard.slice(1)).toEqual(['eth0 down 1500', 'eth0 down 1400']);
  });

  it('tells of new and deleted interfaces', () => {
    const { route, heard, eth0 } = watched();
    route.announce({ index: 3, name: 'eth1', mtu: 9000, up: false });
    route.remove(eth0);
    expect(heard.slice(1)).toEqual(['eth1 down 9000', 'eth0 gone']);
  });

  it('asks for everything when events were lost', () => {
    const { route, heard } = watched();
    route.links.splice(0, 1, { index: 4, name: 'eth2', mtu: 1500, up: true });
    route.subscriber().incoming.push('ENOBUFS');
    route.subscriber().becomeReady({ readable: true });
    expect(heard.slice(1)).toEqual(['eth0 gone', 'eth2 up 1500']);
  });

  it('is silent after its end, and leaves no socket open', () => {
    const { route, heard, watch, eth0 } = watched();
    const subscriber = route.subscriber();
    subscriber.incoming.push(new Uint8Array(3));
    watch[Symbol.dispose]();
    watch[Symbol.dispose]();
    subscriber.becomeReady({ readable: true });
    expect(heard).toEqual(['eth0 up 1500']);
    expect(route.kernel.sockets.some(({ open }) => open)).toBe(false);
    expect(() => route.announce(eth0)).toThrow('nobody listens');
  });
});
