import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { DatumView } from "../../../../src/api/index.ts";
import { addressOf } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Size } from "../../shared/amounts.tsx";
import { Copy } from "../../shared/command.tsx";
import { Icon } from "../../shared/icon.tsx";
import { LineageButton } from "../../shared/lineage-button.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { FilePreview } from "../../shared/preview/file-preview.tsx";
import { ValueTable } from "../../shared/value-table.tsx";
import { Origin } from "./origin.tsx";
import { PurgeFile } from "./purge-file.tsx";
import { tagsOf, withoutTags } from "./tags.ts";
import { Uses } from "./uses.tsx";

const route = getRouteApi("/p/$owner/$name/data/$file");

/** One stored file: what is in it, where it comes from, what its maker says of it. */
export function FilePage(): ReactElement {
  const { file: id } = route.useParams();
  const { ref } = useProject();
  const found = useQuery(read("/api/v0/projects/:project/files/:file/", { params: { project: ref, file: id } }));
  if (found.data === undefined)
    return (
      <Page title="File">
        <Waiting read={found} what="the file" />
      </Page>
    );
  return <Loaded file={found.data} />;
}

function Loaded({ file }: { readonly file: DatumView }): ReactElement {
  const { ref, address } = useProject();
  const { id, name, uri, sizeBytes, sha256, createdAt, properties, purgedAt } = file;
  return (
    <Page
      title={name}
      heading={<span className="breaks">{name}</span>}
      crumb={
        <Link to="/p/$owner/$name/data" params={address}>
          Data
        </Link>
      }
      facts={
        <>
          <Size bytes={sizeBytes} />
          <span>
            stored <Ago at={createdAt} />
          </span>
          <span className="row tight">
            <code className="code" title={sha256}>
              {sha256.slice(0, 12)}
            </code>
            <Copy text={sha256} what="the SHA-256" />
          </span>
          <span className="row tight nowrap">
            <code className="code clip">{uri}</code>
            <Copy text={uri} what="the URI" />
          </span>
          {tagsOf(properties).map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </>
      }
      actions={
        <>
          <LineageButton search={{ datum: id }} />
          <PurgeFile file={file} />
          {purgedAt === undefined && (
            <Button
              component="a"
              href={addressOf("/api/v0/projects/:project/files/:file/content/", { params: { project: ref, file: id } })}
              leftSection={<Icon name="download" size={14} />}
            >
              Download
            </Button>
          )}
        </>
      }
    >
      <div className="two even">
        <Origin file={file} />
        <Uses file={file} />
      </div>
      {Object.keys(withoutTags(properties)).length > 0 && (
        <section className="block">
          <h2>Properties</h2>
          <ValueTable values={withoutTags(properties)} />
        </section>
      )}
      <section className="block">
        <h2>Content</h2>
        {purgedAt === undefined ? (
          <FilePreview file={file} />
        ) : (
          <p className="quiet small">
            Its bytes were purged <Ago at={purgedAt} />. Its record stays.
          </p>
        )}
      </section>
    </Page>
  );
}
