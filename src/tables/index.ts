export type {
  ColumnCounts,
  ColumnNumbers,
  ColumnProfile,
  QueryAnswer,
  TableColumn,
  TableDescription,
  TableProfile,
} from "./protocol.ts";
export { type QueryOptions, type TableSource, Tables, tableKindOf } from "./tables.ts";
