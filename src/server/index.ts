export { type App, type AppOptions, startApp } from './app.ts';
export { type ListenAddress, parseListenAddress } from './listen-address.ts';
export { createLogger, type Logger } from './log.ts';
export { type RunOptions, runServer } from './run.ts';
