/** `deno task evaluate`: scores a trained model on a user's own data. */
import type { Command } from "commander";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { writeAtomically } from "../../lib/files.ts";
import { SCHEMA } from "../../lib/report/schemas.ts";
import { readModel, sha256, type TrainedModel } from "../../lib/train/model_file.ts";
import { namedData } from "../support/datasets.ts";
import { writeModelFacts } from "../support/model_facts.ts";
import { drawOverlays } from "../support/figures.ts";
import { userPath } from "../support/paths.ts";
import { score } from "../support/score.ts";
import { printScores } from "../support/scores_table.ts";
import { main, newCommand, whole } from "./command.ts";
