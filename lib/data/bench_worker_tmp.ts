// deno-lint-ignore-file
import { camvid } from "./camvid.ts"; import { augment } from "./augment.ts"; import { stream } from "../random.ts"; import { examplesOfStep } from "./batches.ts";
const d = await camvid("/work/shared/data/camvid","train");
const a={crop:240,scale:[.5,2] as const,flip:true,colour:"photometric" as const,normalization:{mean:[123.67, 116.28, 103.53] as const,std:[58.4, 57.12, 57.38] as const},maxClassShare:.75};
(self as any).onmessage=async (e:any)=>{ const i=e.data; const images=new Float32Array(8*3*240*240); let k=0; const t=performance.now();
 for(const ex of await Promise.all(examplesOfStep(48,8,1,i).map(j=>d.example(j)))) { images.set(augment(ex,a,stream(`augment/${i}/${k}`,1)).image.data,k*3*240*240); k++; }
 (self as any).postMessage({images,ms:performance.now()-t},[images.buffer]); };
(self as any).postMessage("ready");
