import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { gitHead } from "../../lib/runs/git_head.ts";
import { withFolder } from "../data/fixtures.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];

Deno.test("gitHead() finds the commit of a branch, a packed one, a worktree's and none", () =>
  withFolder(async (dir) => {
    assertEquals(await gitHead(join(dir, "nowhere")), null);
    const [git, inside] = [join(dir, ".git"), join(dir, "lib", "runs")];
    await mkdir(join(git, "refs", "heads", "topic"), { recursive: true });
    await mkdir(inside, { recursive: true });
    await writeFile(join(git, "HEAD"), "ref: refs/heads/main\n");
    assertEquals(await gitHead(inside), null); // before the first commit
    await writeFile(join(git, "packed-refs"), `# pack-refs\n${A} refs/heads/main\n`);
    assertEquals(await gitHead(inside), A);
    await writeFile(join(git, "refs", "heads", "main"), `${B}\n`);
    assertEquals(await gitHead(inside), B);
    await writeFile(join(git, "HEAD"), `${A}\n`);
    assertEquals(await gitHead(dir), A);

    const [own, tree] = [join(git, "worktrees", "tree"), join(dir, "tree")];
    await mkdir(own, { recursive: true });
    await mkdir(tree);
    await writeFile(join(tree, ".git"), `gitdir: ${own}\n`);
    await writeFile(join(own, "commondir"), "../..\n");
    await writeFile(join(own, "HEAD"), "ref: refs/heads/topic/one\n");
    await writeFile(join(git, "refs", "heads", "topic", "one"), `${A}\n`);
    assertEquals(await gitHead(tree), A);
  }));
