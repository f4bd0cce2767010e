import { batches } from "./batches.ts"; import { camvid } from "./camvid.ts"; import * as ort from "onnxruntime-node"; import { encodeOnnx } from "../onnx/bytes.ts";
import { augment } from "./augment.ts"; import { stream } from "../random.ts"; import { examplesOfStep } from "./batches.ts";
const n=1024; const nodes=Array.from({length:40},(_,i)=>({type:"MatMul",inputs:[i?`t${i}`:"x","w"],outputs:[`t${i+1}`],attributes:{}}));
const bytes=encodeOnnx({opset:20,nodes,initializers:[{name:"w",dtype:"float32",shape:[n,n],data:new Float32Array(n*n).fill(.001)}],inputs:[{name:"x",dtype:"float32",shape:[n,n]}],outputs:[{name:"t40",dtype:"float32",shape:[n,n]}]});
const s=await ort.InferenceSession.create(bytes,{intraOpNumThreads:2}); const x=new ort.Tensor("float32",new Float32Array(n*n).fill(1),[n,n]);
const run=()=>s.run({x}); for(let i=0;i<3;i++) await run();
const d=await camvid("/work/shared/data/camvid","train"); const small={...d,length:48};
const a={crop:240,scale:[.5,2] as const,flip:true,colour:"photometric" as const,normalization:{mean:[123.67, 116.28, 103.53] as const,std:[58.4, 57.12, 57.38] as const},maxClassShare:.75};
const N=30; const med=(v:number[])=>v.sort((p,q)=>p-q)[v.length>>1]!.toFixed(1);
for(let i=0;i<48;i++) await small.example(i);
for(let r=0;r<2;r++){
 let v=[]; for(let i=0;i<N;i++){const t=performance.now(); await run(); v.push(performance.now()-t);} console.log("run only",med(v));
 v=[]; let t=performance.now(); for await (const b of batches(small,{batch:8,augmentation:a,seed:1,from:0})){ if(b.step===N) break; await run(); if(b.step>3) v.push(performance.now()-t); t=performance.now();} console.log("worker",med(v));
 v=[]; for(let i=0;i<N;i++){t=performance.now(); for(const [k,e] of (await Promise.all(examplesOfStep(48,8,1,i).map(j=>small.example(j)))).entries()) augment(e,a,stream(`augment/${i}/${k}`,1)); await run(); if(i>3)v.push(performance.now()-t);} console.log("in thread",med(v));
}
