import { z } from "zod";

/** What COCO's formats call things by. */
export const cocoId = z.union([z.int(), z.string()]);

/** Yes or no, which some tools write as 1 or 0. */
export const cocoFlag = z.union([z.int(), z.boolean()]);

/** An image as all of COCO's formats list it. */
export const cocoImage = z.object({
  id: cocoId,
  file_name: z.string().min(1),
  width: z.int().min(1),
  height: z.int().min(1),
});
