// A channel between the realms of an origin that does not keep Node alive.

/** Opens the channel `name` and listens. */
export function quietChannel(name: string, receive: (data: unknown) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => receive(data);
  // Node's has it, a browser's does not.
  (channel as Partial<{ unref(): void }>).unref?.();
  return channel;
}
