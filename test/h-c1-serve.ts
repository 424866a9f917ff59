import { createStaticServer } from '../site/lib/static-server.ts'
createStaticServer('dist', '/').listen(4731, '127.0.0.1')
