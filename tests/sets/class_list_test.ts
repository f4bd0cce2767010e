import { assertEquals } from "@std/assert";
import { classDifference } from "../../lib/sets/class_list.ts";

Deno.test("classDifference() is null when names and order agree but for spaces around them", () => {
  assertEquals(classDifference(["wall", "bed"], ["wall", "bed "]), null);
});

Deno.test("classDifference() is null when letters are spelt by other bytes", () => {
  assertEquals(classDifference(["caf\u00e9"], ["cafe\u0301"]), null);
});

Deno.test("classDifference() says what is missing, what is new and what is in another place", () => {
  assertEquals(
    classDifference(["wall", "bed", "sky"], ["sky", "sea"]),
    "without wall, bed and with sea",
  );
  assertEquals(classDifference(["wall"], ["wall", "sea"]), "with sea");
  assertEquals(classDifference(["wall", "bed"], ["bed", "wall"]), "in another order (bed, wall)");
});

Deno.test("classDifference() names eight classes when there are more", () => {
  const many = Array.from({ length: 150 }, (_, i) => `c${i}`);
  const difference = classDifference([], many)!;
  assertEquals(difference.endsWith("c6, c7 and 142 others"), true, difference);
});
