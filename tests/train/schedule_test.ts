import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  constant,
  cosine,
  mmcvPolynomial,
  polynomial,
  type PolynomialSchedule,
  twoStage,
} from "../../lib/train/schedule.ts";
import { golden, goldenTest } from "../golden.ts";

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

for (const setting of file.cases((file) => file.names("out/lr/"))) {
  goldenTest(`polynomial() gives the official rates when set as ${setting.name}`, setting, () => {
    const config = file.config[`lr/${setting.name}`];
    const rates = file.numbers(`out/lr/${setting.name}`);
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

const scheduled = file.cases((file) =>
  file.names("out/").filter((name) => /^(?!lr\/).*\/lr$/.test(name))
);
for (const rates of scheduled) {
  const setting = rates.name.replace("/lr", "");
  goldenTest(`polynomial() gives the optimizer's rates when set as ${setting}`, rates, () => {
    const { lr, sched } = file.config[setting];
    const said = (name: string) => Number(sched.match(new RegExp(`${name}=([\\d.e-]+)`))[1]);
    assertRates({
      base: lr,
      minimum: said("min_lr"),
      power: said("power"),
      total: said("iter_max"),
      warmup: said("iter_warmup"),
      every: said("step_size"),
    }, file.numbers(`out/${rates.name}`));
  });
}

// SegFormer's: base 6e-5, power 1, 160,000 steps, warm-up of 1,500 from 1e-6. By hand from mmcv 1.x:
// (1 - step / 160000) · 6e-5, times 1 - (1 - step / 1500) · (1 - 1e-6) in the warm-up.
const segformer = {
  base: 6e-5,
  minimum: 0,
  power: 1,
  total: 160_000,
  warmup: 1500,
  ratio: 1e-6,
};

for (
  const [step, rate] of [
    [0, 6e-11],
    [750, 2.9859404859375e-5], // 5.971875e-5 · 0.5000005
    [1499, 5.93982498e-5], // 5.9437875e-5 · 0.999333334
    [1500, 5.94375e-5],
    [80_000, 3e-5],
    [159_999, 3.75e-10],
  ] as const
) {
  Deno.test(`mmcvPolynomial() gives SegFormer's rate when step is ${step}`, () => {
    assertAlmostEquals(mmcvPolynomial(step, segformer), rate, 1e-6 * rate);
  });
}

Deno.test("mmcvPolynomial() is Segmenter's polynomial when there is no warm-up", () => {
  const curve = { base: 0.01, minimum: 1e-4, power: 0.9, total: 40, warmup: 0 };
  for (let step = 0; step < 40; step++) {
    const rate = polynomial(step, { ...curve, every: 1 });
    assertAlmostEquals(mmcvPolynomial(step, { ...curve, ratio: 0.1 }), rate, 1e-16);
  }
});

const helpers = await golden("next/train_helpers");

goldenTest("cosine() is timm's with a warm-up, and torch's without", helpers, () => {
  const { base, total, min: minimum, warmup, warmup_lr: from } = helpers.config.cosine;
  const rates = (name: string) => [...helpers.numbers(`out/lr/${name}`).entries()];
  for (const [step, rate] of rates("cosine_timm")) {
    assertAlmostEquals(cosine(step, { base, total, minimum, warmup, from }), rate, 1e-12);
  }
  for (const [step, rate] of rates("cosine_torch")) {
    assertAlmostEquals(cosine(step, { base, total, minimum, warmup: 0, from: 0 }), rate, 1e-12);
  }
});

goldenTest("mmcvPolynomial() is mmcv's", helpers, () => {
  for (const name of ["poly", "poly2"]) {
    const { base, total, power, min: minimum, warmup, ratio } = helpers.config[name];
    const schedule = { base, total, power, minimum, warmup, ratio };
    for (const [step, rate] of helpers.numbers(`out/lr/${name}_mmcv`).entries()) {
      assertAlmostEquals(mmcvPolynomial(step, schedule), rate, 1e-12 * base);
    }
  }
});

goldenTest("twoStage() is EoMT's, for the encoder and for the rest", helpers, () => {
  const { lr, total, power, warmup: [first, second] } = helpers.config.eomt;
  const rates = helpers.numbers("out/lr/eomt_backbone_and_rest"); // [steps, 2]
  const encoderBase = Math.max(...rates.filter((_, i) => i % 2 === 0)); // with its layer's decay
  const schedules = [
    { base: encoderBase, power, total, wait: first, warmup: second },
    { base: lr, power, total, wait: 0, warmup: first },
  ];
  for (const [i, reference] of rates.entries()) {
    const step = Math.floor(i / 2);
    const rate = twoStage(step, schedules[i % 2]!);
    assert(
      Math.abs(rate - reference) <= 1e-12 * reference,
      `${
        i % 2 ? "the rest" : "the encoder"
      } has rate ${rate} at step ${step}, the reference ${reference}`,
    );
  }
});

Deno.test("constant() rises to the base rate and stays there", () => {
  const schedule = { base: 0.1, minimum: 0, total: 10, warmup: 4, from: 0.02 };
  const rates = [0, 1, 3, 4, 9].map((step) => constant(step, schedule));
  for (const [i, rate] of [0.02, 0.04, 0.08, 0.1, 0.1].entries()) {
    assertAlmostEquals(rates[i]!, rate, 1e-15);
  }
});
