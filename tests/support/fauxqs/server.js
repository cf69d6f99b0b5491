// fauxqs on loopback; its own command line would listen on every address.
import { buildApp } from 'fauxqs';

const app = await buildApp({ logger: false });
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
