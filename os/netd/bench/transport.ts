/** What the measured programs ask of a TCP, ours or Linux's: as little as possible lies between. */

export interface FlowEvents {
  onConnect?(): void;
  /** So many bytes have come; they are gone. */
  onData?(bytes: number): void;
  onDrain?(): void;
  onEnd?(): void;
  /** `failure` is the code of what broke it. */
  onClose?(failure?: string): void;
}

export interface Flow {
  events: FlowEvents;
  /** Whether there is room for more; `onDrain` tells when there is again. The bytes must stay as they are. */
  write(bytes: Uint8Array): boolean;
  finish(): void;
}

export interface Transport {
  connect(address: string, port: number, events: FlowEvents): Flow;
  /** Resolves when it listens. */
  listen(port: number, onFlow: (flow: Flow) => void): Promise<void>;
}
