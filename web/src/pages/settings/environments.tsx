import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { EnvironmentView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { Empty, sentence, Waiting } from "../../shared/notices.tsx";

/** Lists the places where steps run, and shows if one could run there now. */
export function Environments(): ReactElement {
  const { ref } = useProject();
  const environments = useQuery(read("/api/v0/projects/:project/environments/", { params: { project: ref } }));
  if (environments.data === undefined) return <Waiting read={environments} what="the environments" />;
  if (environments.data.length === 0) return <Empty title="There is no environment" command="headrace doctor" />;
  return (
    <div className="stack">
      <div className="spread">
        <p className="small soft">Each was tried when this page was opened.</p>
        <Button loading={environments.isFetching} onClick={() => void environments.refetch()}>
          Try again
        </Button>
      </div>
      <div className="cards">
        {environments.data.map((environment) => (
          <Environment key={environment.slug} environment={environment} />
        ))}
      </div>
    </div>
  );
}

function Environment({ environment }: { readonly environment: EnvironmentView }): ReactElement {
  const { slug, name, executor, healthy, reason, hint, details, concurrency, image, default: isDefault } = environment;
  return (
    <section className="block">
      <div className="spread">
        <h2 className="breaks">
          {name} {isDefault && <span className="tag">default</span>}
        </h2>
        <span className={healthy ? "mark tone-good" : "mark tone-bad"}>
          <Icon name={healthy ? "check" : "close"} size={14} />
          {healthy ? "ready" : "not ready"}
        </span>
      </div>
      {!healthy && (
        <p className="error-text">
          {sentence(reason ?? "it is not ready")}
          {hint !== null && ` ${sentence(hint)}`}
        </p>
      )}
      <dl className="facts-list">
        {slug !== name && (
          <>
            <dt>Slug</dt>
            <dd>
              <code className="code">{slug}</code>
            </dd>
          </>
        )}
        <dt>Runs steps with</dt>
        <dd>{executor}</dd>
        <dt>Steps at a time</dt>
        <dd>{concurrency ?? "as many as there is room for"}</dd>
        {image !== null && (
          <>
            <dt>Image</dt>
            <dd>{image}</dd>
          </>
        )}
        {Object.entries(details).map(([fact, value]) => (
          <div key={fact} className="contents">
            <dt>{fact}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
