import { describe } from "vitest";
import { testApprovals } from "./conformance/approvals.ts";
import { testAudit } from "./conformance/audit.ts";
import { testCatalog } from "./conformance/catalog.ts";
import { testClaims } from "./conformance/claims.ts";
import { testData } from "./conformance/data.ts";
import { testDrivers } from "./conformance/drivers.ts";
import { testEngines } from "./conformance/engines.ts";
import { testEventReaders } from "./conformance/event-readers.ts";
import { testEvents } from "./conformance/events.ts";
import { testExecutions } from "./conformance/executions.ts";
import { testHostileText } from "./conformance/hostile-text.ts";
import { testHousekeeping } from "./conformance/housekeeping.ts";
import { testLabels } from "./conformance/labels.ts";
import { testListPages } from "./conformance/list-pages.ts";
import { testLists } from "./conformance/lists.ts";
import { testLogs } from "./conformance/logs.ts";
import { testMachineUse } from "./conformance/machine-use.ts";
import { testMetadata } from "./conformance/metadata.ts";
import { testModel } from "./conformance/model.ts";
import { testModels } from "./conformance/models.ts";
import { testProcesses } from "./conformance/processes.ts";
import { testProjects } from "./conformance/projects.ts";
import { testPromises } from "./conformance/promises.ts";
import { testQueue } from "./conformance/queue.ts";
import { testRefusals } from "./conformance/refusals.ts";
import { testRepositories } from "./conformance/repositories.ts";
import { testRetries } from "./conformance/retries.ts";
import { testReuse } from "./conformance/reuse.ts";
import type { StoreSubject } from "./conformance/rig.ts";
import { testRuns } from "./conformance/runs.ts";
import { testSavedViews } from "./conformance/saved-views.ts";
import { testStepChecks } from "./conformance/step-checks.ts";
import { testStops } from "./conformance/stops.ts";
import { testTasks } from "./conformance/tasks.ts";

/**
 * Every database beneath the store must pass these tests, with real processes. A new one passes this suite and is done:
 *
 *     testStore("sqlite", { module: new URL("./conformance-subject.ts", import.meta.url) });
 */
export function testStore(name: string, subject: StoreSubject): void {
  describe(`store on ${name}`, () => {
    testProjects(subject);
    testRuns(subject);
    testExecutions(subject);
    testClaims(subject);
    testDrivers(subject);
    testRefusals(subject);
    testQueue(subject);
    testEngines(subject);
    testStops(subject);
    testPromises(subject);
    testData(subject);
    testCatalog(subject);
    testModels(subject);
    testReuse(subject);
    testRetries(subject);
    testTasks(subject);
    testApprovals(subject);
    testMetadata(subject);
    testMachineUse(subject);
    testStepChecks(subject);
    testLogs(subject);
    testLabels(subject);
    testSavedViews(subject);
    testLists(subject);
    testListPages(subject);
    testHousekeeping(subject);
    testEvents(subject);
    testEventReaders(subject);
    testAudit(subject);
    testRepositories(subject);
    testHostileText(subject);
    testModel(subject);
    testProcesses(subject);
  });
}
