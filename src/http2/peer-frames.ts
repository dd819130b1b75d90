import { Allowance } from './allowance.ts';
import { ConnectionError, ErrorCode, Flag, FrameType, frameSizeError, protocolError } from './codes.ts';
import type { OnFrame } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ServerStreams } from './server-streams.ts';
import type { PeerSettings } from './settings.ts';

/** Each may have all streams looked at. */
const SETTINGS_PER_SECOND = 100;

/**
 * Takes the frames of a connection: those of streams it hands on, those of the connection it answers itself.
 * @param onPreface told that the peer's preface is complete, which its first SETTINGS end
 * @returns what throws ConnectionError for frames that RFC 9113 does not allow where they are
 */
export function peerFrames(
  writer: FrameWriter,
  settings: PeerSettings,
  streams: ServerStreams,
  onPreface: () => void,
): OnFrame {
  const changes = new Allowance(SETTINGS_PER_SECOND);
  let hasSettings = false;

  function onSettings(flags: number, payload: Buffer): void {
    if (!hasSettings) onPreface();
    hasSettings = true;
    if ((flags & Flag.ACK) !== 0) {
      requireLength(payload, 0);
      return;
    }
    if (changes.isUsedUp()) throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'too many SETTINGS');
    const before = settings.initialWindowBytes;
    settings.apply(payload);
    writer.settingsAck();
    streams.widenAll(settings.initialWindowBytes - before);
  }

  function onPing(flags: number, payload: Buffer): void {
    requireLength(payload, 8);
    if ((flags & Flag.ACK) === 0) writer.pingAck(payload);
  }

  function onStreamFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    switch (type) {
      case FrameType.DATA:
        streams.onData(streamId, flags, payload);
        break;
      case FrameType.HEADERS:
        streams.onHeaders(streamId, flags, payload);
        break;
      case FrameType.CONTINUATION:
        streams.onContinuation(flags, payload);
        break;
      case FrameType.RST_STREAM:
        requireLength(payload, 4);
        streams.onReset(streamId, payload.readUInt32BE(0));
        break;
      case FrameType.PRIORITY:
        streams.onPriority(streamId, payload);
        break;
      case FrameType.PUSH_PROMISE:
        throw protocolError('PUSH_PROMISE of a client');
    }
  }

  return (type, flags, streamId, payload) => {
    if (!hasSettings && type !== FrameType.SETTINGS) throw protocolError('a frame ahead of SETTINGS');
    streams.requireInOrder(type, streamId);
    switch (type) {
      case FrameType.SETTINGS:
        requireConnection(streamId);
        onSettings(flags, payload);
        break;
      case FrameType.PING:
        requireConnection(streamId);
        onPing(flags, payload);
        break;
      case FrameType.GOAWAY:
        requireConnection(streamId);
        if (payload.length < 8) throw frameSizeError('GOAWAY');
        break;
      case FrameType.WINDOW_UPDATE:
        requireLength(payload, 4);
        streams.onWindowUpdate(streamId, payload.readUInt32BE(0) & 0x7fffffff);
        break;
      default:
        // Frames of kinds that are not known here are to be left out: RFC 9113 §4.1.
        if (type > FrameType.CONTINUATION) return;
        if (streamId === 0) throw protocolError('a frame of a stream on none');
        onStreamFrame(type, flags, streamId, payload);
    }
  };
}

function requireConnection(streamId: number): void {
  if (streamId !== 0) throw protocolError('a frame of the connection on a stream');
}

function requireLength(payload: Buffer, length: number): void {
  if (payload.length !== length) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'a frame of another length');
}
