import { buffer } from "node:stream/consumers";
import type { FastifyRequest } from "fastify";
import { codeHeadSchema, filesHeadSchema, type UPLOADS } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { ByteSlices } from "../../services/index.ts";
import type { Handlers } from "../call.ts";

/** A list of a million files. */
const LARGEST_MANIFEST_BYTES = 256 * 1024 * 1024;
const LARGEST_HEAD_BYTES = 80 * 1024 * 1024;

/** Versions of the code that are sent file by file. */
export function uploadRoutes(): Handlers<typeof UPLOADS> {
  return {
    missingCode: async ({ open, request }) => (await open()).code.missing(await manifestIn(request)),
    storeCode: async ({ open, request }) => {
      const api = await open();
      const slices = new ByteSlices(bytesOf(request));
      const { manifestBytes, ...head } = headIn(await slices.line(LARGEST_HEAD_BYTES));
      const manifest = await slices.whole(manifestBytes);
      return await api.code.store({ ...head, manifest, contents: slices.rest() });
    },
    lackingContents: async ({ open, body }) => (await open()).data.lacking(body),
    receivePart: async ({ open, params: { sha256 }, query, request }) =>
      (await open()).data.receive({ sha256, ...query, bytes: bytesOf(request) }),
    storeFiles: async ({ open, request }) => {
      const api = await open();
      const slices = new ByteSlices(bytesOf(request));
      const head = filesHeadSchema.safeParse(parse(await slices.line(LARGEST_HEAD_BYTES))).data;
      if (head === undefined) throw doesNotFit();
      return await api.data.store({ ...head, contents: slices.rest() });
    },
    purgeFiles: async ({ open, body: { files, ...options } }) => (await open()).data.purge(files, options),
  };
}

function bytesOf({ body, headers }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (headers["content-type"]?.startsWith("application/octet-stream") === true)
    return body as AsyncIterable<Uint8Array>;
  throw new HeadraceError("HR_USAGE", "the body of this call is bytes", {
    hint: "send them with the header content-type: application/octet-stream",
  });
}

async function manifestIn(request: FastifyRequest): Promise<Uint8Array> {
  let size = 0;
  return await buffer(
    (async function* limited() {
      for await (const piece of bytesOf(request)) {
        size += piece.length;
        if (size > LARGEST_MANIFEST_BYTES)
          throw new HeadraceError("HR_TOO_LARGE", "the list of files is too long", {
            hint: "leave out what is no code: make large folders inputs",
          });
        yield piece;
      }
    })(),
  );
}

function headIn(line: string) {
  const { data } = codeHeadSchema.safeParse(parse(line));
  if (data !== undefined) return data;
  throw doesNotFit();
}

function doesNotFit(): HeadraceError {
  return new HeadraceError("HR_USAGE", "the first line of the upload does not fit", {
    hint: "compare it with the description of the API",
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
