/** The pages of lists that are measured, by what they show. */
export function listPages(project: string): readonly (readonly [what: string, address: string])[] {
  const path = `/projects/${project}`;
  return [
    ["executions, newest first", `${path}/executions/?limit=50`],
    ["executions, best first", `${path}/executions/?limit=50&sort=auc`],
    ["executions, longest first", `${path}/executions/?limit=50&sort=duration`],
    ["executions of a step, in a rare state", `${path}/executions/?limit=50&step=step-3&states=error`],
    ["executions, best first, with depth = 3", `${path}/executions/?limit=50&sort=auc&where=depth%20%3D%3D%203`],
    ["executions with two values as columns", `${path}/executions/?limit=50&columns=auc&columns=depth`],
    ["runs, newest first", `${path}/runs/?limit=50`],
    ["runs of a name and a tag", `${path}/runs/?limit=50&name=pipeline-3&tags=nightly`],
    ["runs, longest first, in a rare state", `${path}/runs/?limit=50&sort=duration&states=error`],
    ["runs, best first", `${path}/runs/?limit=50&sort=auc`],
    ["runs, least first, with depth = 4", `${path}/runs/?limit=50&sort=auc%3Aasc&where=depth%20%3D%3D%204`],
    ["runs by their names", `${path}/runs/?limit=50&sort=name`],
    ["Valohai's executions, with their count", `/executions/?project=${project}&limit=50`],
    ["Valohai's executions of a status", `/executions/?project=${project}&limit=50&status=error`],
    ["Valohai's executions from the middle", `/executions/?project=${project}&limit=50&offset=450000`],
    ["Valohai's pipelines, with their count", `/pipelines/?project=${project}&limit=50`],
    ["the project, with its summary", `${path}/`],
    ["stored files", `${path}/files/?limit=50`],
    ["metrics of a run", `${path}/metrics/?limit=50&refs=11`],
    ["events", `${path}/events/?limit=50`],
  ];
}
