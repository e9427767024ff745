import { Button, FileInput, Modal, TagsInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useState } from "react";
import type { DatumView } from "../../../../src/api/index.ts";
import { formatSize, plural } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { CommandText } from "../../shared/command.tsx";
import { Failed } from "../../shared/notices.tsx";
import { LARGEST_UPLOAD_BYTES, MOST_UPLOADED, uploadFiles } from "./upload-files.ts";

/** A button, and behind it a form that stores files of this computer in the project. */
export function UploadButton(): ReactElement | null {
  const { mayWrite } = useProject();
  const [opened, setOpened] = useState(false);
  if (!mayWrite) return null;
  return (
    <>
      <Button onClick={() => setOpened(true)} aria-haspopup="dialog">
        Upload files
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Upload files"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <UploadForm />
      </Modal>
    </>
  );
}

function UploadForm(): ReactElement {
  const { ref } = useProject();
  const client = useQueryClient();
  const [files, setFiles] = useState<File[]>([]);
  const [tags, setTags] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [stored, setStored] = useState<readonly DatumView[]>([]);
  const problem = problemOf(files);
  const upload = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      setStored(await uploadFiles(ref, files, tags));
      setFiles([]);
      await client.invalidateQueries({ queryKey: ["/api/v0/projects/:project/files/"] });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void upload(event)}>
      <FileInput
        label="Files"
        placeholder="choose files"
        size="xs"
        multiple
        value={files}
        onChange={setFiles}
        error={problem}
        clearable
        clearButtonProps={{ "aria-label": "Take the files away" }}
      />
      <TagsInput label="Tags" placeholder={tags.length === 0 ? "none" : ""} value={tags} onChange={setTags} />
      <div className="row">
        <Button type="submit" variant="filled" loading={busy} disabled={files.length === 0 || problem !== undefined}>
          Upload
        </Button>
      </div>
      {failure !== undefined && <Failed error={failure} />}
      {stored.length > 0 && <Stored files={stored} />}
      <p className="small quiet">Folders, and files of any size, go by the command line:</p>
      <CommandText command="headrace data upload FILES" />
    </form>
  );
}

function problemOf(files: readonly File[]): string | undefined {
  // Browsers make no hashes on pages that came unsealed from another machine.
  if (!globalThis.isSecureContext) return "This browser uploads over HTTPS only: use the command below";
  if (files.length > MOST_UPLOADED) return `At most ${MOST_UPLOADED} files at once: use the command below`;
  const large = files.find(({ size }) => size > LARGEST_UPLOAD_BYTES);
  if (large === undefined) return undefined;
  return `${large.name} has ${formatSize(large.size)}: for more than ${formatSize(LARGEST_UPLOAD_BYTES)} use the command below`;
}

function Stored({ files }: { readonly files: readonly DatumView[] }): ReactElement {
  const { address } = useProject();
  return (
    <div role="status" className="stack">
      <strong className="small">{plural(files.length, "file")} stored:</strong>
      <ul className="files">
        {files.map(({ id, name }) => (
          <li key={id}>
            <Link to="/p/$owner/$name/data/$file" params={{ ...address, file: id }} className="clip">
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
