import type { Multipart } from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import { HeadraceError } from "../errors.ts";
import type { PackageDetails, ReceivedPackage } from "../services/index.ts";

/** A description is a line or two. */
const LONGEST_TEXT_BYTES = 16_384;
const MOST_FIELDS = 20;

/**
 * The packed code in a form, as Valohai's clients send it: the file `data`, and `description` and `yaml_path` before
 * or after it. The file is read while it comes. Throws HR_USAGE for another form.
 */
export async function receivedPackage(request: FastifyRequest): Promise<ReceivedPackage> {
  if (!request.isMultipart())
    throw new HeadraceError("HR_USAGE", "the packed code comes as a form", {
      hint: "send multipart/form-data with the file data",
    });
  const limits = { fields: MOST_FIELDS, fieldSize: LONGEST_TEXT_BYTES, files: 1, parts: MOST_FIELDS + 1 };
  const parts = request.parts({ limits: { ...limits, fileSize: Number.POSITIVE_INFINITY } })[Symbol.asyncIterator]();
  const texts = new Map<string, string>();
  const file = await nextFile(parts, texts);
  if (file === undefined || file.fieldname !== "data")
    throw new HeadraceError("HR_USAGE", "the form has no file data", { hint: "send the packed code as data" });
  return {
    content: file.file,
    details: async () => {
      if ((await nextFile(parts, texts)) !== undefined)
        throw new HeadraceError("HR_USAGE", "the form has two files", { hint: "pack the code into one" });
      return detailsOf(texts);
    },
  };
}

type FilePart = Extract<Multipart, { type: "file" }>;

/** Keeps the texts that come before it. */
async function nextFile(parts: AsyncIterator<Multipart>, texts: Map<string, string>): Promise<FilePart | undefined> {
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    const part = next.value;
    if (part.type === "file") return part;
    if (part.valueTruncated || part.fieldnameTruncated)
      throw new HeadraceError("HR_TOO_LARGE", `the field ${part.fieldname.slice(0, 100)} of the form is too long`, {
        hint: `a text has at most ${LONGEST_TEXT_BYTES} bytes`,
      });
    texts.set(part.fieldname, String(part.value));
  }
  return undefined;
}

function detailsOf(texts: ReadonlyMap<string, string>): PackageDetails {
  const configPath = texts.get("yaml_path") ?? "";
  return { description: texts.get("description") ?? "", ...(configPath !== "" && { configPath }) };
}
