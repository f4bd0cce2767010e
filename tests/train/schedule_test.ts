import { assert, assertEquals } from "@std/assert";
import { polynomial, type PolynomialSchedule } from "../../lib/train/schedule.ts";
import { golden } from "../golden.ts";

const file = await golden("optim");

function assertRates(schedule: PolynomialSchedule, rates: Float64Array) {
  for (const [step, reference] of rates.entries()) {
    const rate = polynomial(step, schedule);
    assert(
      Math.abs(rate - reference) <= 1e-12 * reference,
      `step ${step} has rate ${rate}, the reference ${reference}`,
    );
  }
}

for (const name of file.names("out/lr/")) {
  Deno.test(`polynomial() gives the official rates when set as ${name}`, () => {
    const config = file.config[`lr/${name}`];
    const rates = file.numbers(`out/lr/${name}`);
    assertEquals(rates.length, config.n);
    assertRates({
      base: config.base_lr,
      minimum: config.min_lr,
      power: config.power,
      total: config.iter_max,
      warmup: config.iter_warmup,
      every: config.step_size,
    }, rates);
  });
}

Deno.test("polynomial() gives the optimizer's rates when steps go past the total", () => {
  assertRates(
    { base: 0.01, minimum: 1e-5, power: 0.9, total: 10, warmup: 0, every: 1 },
    file.numbers("out/sgd_poly/lr"),
  );
});
