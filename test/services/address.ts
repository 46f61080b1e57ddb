/** An address that leads to a server of this machine, and may come to lead to another one: what lies between, with its accidents. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  isForgotten: boolean;
}

export class Address {
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  #port: number;
  #taken = 0;

  private constructor(listener: Server, port: number) {
    this.#listener = listener;
    this.#port = port;
  }

  /** Listens on a free port and leads to this port of the same machine. */
  static async open(port: number): Promise<Address> {
    const listener = createServer();
    const address = new Address(listener, port);
    listener.on('connection', (client) => address.#take(client));
    await new Promise<void>((resolve) => {
      listener.listen(0, '127.0.0.1', resolve);
    });
    return address;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** How many connections it has taken. */
  get taken(): number {
    return this.#taken;
  }

  /** How many of them are open. */
  get open(): number {
    return this.#lines.size;
  }

  /** New connections go there. Those that there are stay as they are. */
  leadTo(port: number): void {
    this.#port = port;
  }

  /** What a firewall does to connections that it has forgotten: nothing passes over them any more, and neither side is told. */
  forget(): void {
    for (const line of this.#lines) line.isForgotten = true;
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#lines) {
      client.destroy();
      server.destroy();
    }
    await new Promise((resolve) => {
      this.#listener.close(resolve);
    });
  }

  #take(client: Socket): void {
    this.#taken += 1;
    const server = connect(this.#port, '127.0.0.1');
    const line: Line = { client, server, isForgotten: false };
    this.#lines.add(line);
    client.on('data', (bytes: Buffer) => void (line.isForgotten || server.write(bytes)));
    server.on('data', (bytes: Buffer) => void (line.isForgotten || client.write(bytes)));
    for (const side of [client, server]) side.on('error', () => undefined);
    client.on('close', () => {
      server.destroy();
      this.#lines.delete(line);
    });
    server.on('close', () => void (line.isForgotten || client.destroy()));
  }
}
