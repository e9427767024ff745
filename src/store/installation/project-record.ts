/** A project of an installation. */
export interface ProjectRecord {
  /** The key of its row in this database; other databases give it another one. */
  readonly key: number;
  /** A UUID that stays with the project wherever its records and its folder go. */
  readonly id: string;
  /** `owner/name`, or a bare name where nobody owns projects. Unique in the database. */
  readonly name: string;
  readonly createdAt: number;
}

export interface NewProject {
  readonly name: string;
  /** A UUID; made where absent. */
  readonly id?: string;
}

/** A project that is opened by its name, and made where it is not there. */
export interface WantedProject extends NewProject {
  /**
   * If true and the database holds one project, that one is opened, whatever it is called: a folder with its own
   * database may be renamed.
   */
  readonly orOnly?: boolean;
}
