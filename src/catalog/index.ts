export { type Direction, type Link, type LinkSource, type Place, type Walked, walkLineage } from "./lineage/walk.ts";
