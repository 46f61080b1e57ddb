/** A network that a story can hold up or break: everything between a log and its broker goes through it. */
import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** `hold`: bytes wait, both ways. `drop`: they are lost, both ways. `deaf`: what the broker answers is lost. */
type Weather = 'fine' | 'hold' | 'drop' | 'deaf' | 'refuse';

interface Line {
  readonly client: Socket;
  readonly broker: Socket;
  toBroker: Buffer[];
  toClient: Buffer[];
  /** What the client sent first; its name is in it. */
  first: string;
}

export class Network {
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  #weather: Weather = 'fine';
  /** The client that the weather is for; undefined: for all. */
  #only: string | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port and leads to this port of the same machine. */
  static async open(brokerPort: number): Promise<Network> {
    const server = createServer();
    const network = new Network(server);
    server.on('connection', (client) => network.#connect(client, brokerPort));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return network;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Everything flows again, first what was held. */
  heal(): void {
    this.recover();
    this.deliver();
  }

  /** Everything flows again, but what was held is still on its way. */
  recover(): void {
    this.#weather = 'fine';
  }

  /** What was held arrives. */
  deliver(): void {
    for (const line of this.#lines) {
      for (const bytes of line.toBroker.splice(0)) line.broker.write(bytes);
      for (const bytes of line.toClient.splice(0)) line.client.write(bytes);
    }
  }

  /** Bytes wait; those of the client with this name alone, where one is given. */
  hold(only?: string): void {
    this.#weather = 'hold';
    this.#only = only;
  }

  /** Bytes are lost; those of the client with this name alone, where one is given. */
  drop(only?: string): void {
    this.#weather = 'drop';
    this.#only = only;
  }

  loseAnswers(): void {
    this.#weather = 'deaf';
    this.#only = undefined;
  }

  /** Breaks all connections on the log's side. What was held for the broker is kept, and reaches it at `deliverLate`. */
  cut(): void {
    for (const { client } of this.#lines) client.destroy();
  }

  /** Breaks all connections and takes no new ones. */
  refuse(): void {
    this.#weather = 'refuse';
    this.cut();
  }

  async close(): Promise<void> {
    for (const { client, broker } of this.#lines) {
      client.destroy();
      broker.destroy();
    }
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #weatherOf({ first }: Line): Weather {
    return this.#only === undefined || first.includes(this.#only) ? this.#weather : 'fine';
  }

  #connect(client: Socket, brokerPort: number): void {
    if (this.#weather === 'refuse') {
      client.destroy();
      return;
    }
    const broker = connect(brokerPort, '127.0.0.1');
    const line: Line = { client, broker, toBroker: [], toClient: [], first: '' };
    this.#lines.add(line);
    client.on('data', (bytes: Buffer) => {
      if (line.first === '') line.first = bytes.toString('latin1');
      const weather = this.#weatherOf(line);
      if (weather === 'hold' || (line.toBroker.length > 0 && weather !== 'drop')) line.toBroker.push(bytes);
      else if (weather !== 'drop') broker.write(bytes);
    });
    broker.on('data', (bytes: Buffer) => {
      const weather = this.#weatherOf(line);
      if (weather === 'hold') line.toClient.push(bytes);
      else if (weather === 'fine' && !client.destroyed) client.write(bytes);
    });
    client.on('error', () => undefined);
    broker.on('error', () => client.destroy());
    broker.on('close', () => {
      client.destroy();
      this.#lines.delete(line);
    });
    // What a broken connection had sent may still be on its way: the broker's side stays open while something is held.
    client.on('close', () => {
      if (line.toBroker.length === 0) broker.end();
    });
  }
}
