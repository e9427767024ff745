import type { MachineUseView } from "../../api/index.ts";
import type { ExecutionRecord, MachineUseRecord, ProjectStore, UseQuantity } from "../../store/index.ts";

/** Returns the record of an execution's use of the machine; null if there is none. */
export async function describeMachineUse(store: ProjectStore, { id }: ExecutionRecord): Promise<MachineUseView | null> {
  const record = await store.machineUse.get(id);
  return record === undefined ? null : machineUseView(record);
}

function machineUseView(record: MachineUseRecord): MachineUseView {
  const { series } = record;
  return {
    observedS: (record.at - record.startedAt) / 1000,
    ...ofEach((quantity) => measureOf(record, quantity)),
    gpus: record.gpus ?? 0,
    network: record.network ?? null,
    series: { ends: series.ends, ...ofEach((quantity) => series.values[quantity] ?? null) },
  };
}

function ofEach<T>(of: (quantity: UseQuantity) => T): Readonly<Record<UseQuantity, T>> {
  return {
    ...{ cpu: of("cpu"), memory: of("memory"), read: of("read"), written: of("written") },
    ...{ received: of("received"), sent: of("sent"), gpu: of("gpu"), gpuMemory: of("gpuMemory") },
  };
}

function measureOf({ measures }: MachineUseRecord, quantity: UseQuantity) {
  const measure = measures[quantity];
  if (measure === undefined || measure.seconds <= 0) return null;
  // Without the noise of binary fractions.
  return { mean: Number((measure.sum / measure.seconds).toPrecision(6)), peak: measure.peak };
}
