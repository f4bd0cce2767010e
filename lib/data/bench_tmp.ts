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


const w=new Worker(new URL("./bench_worker_tmp.ts",import.meta.url),{type:"module"});
await new Promise(r=>w.onmessage=r);
let q:any[]=[]; let wait:any=null; const ms:number[]=[];
w.onmessage=(e:any)=>{ms.push(e.data.ms); if(wait){const f=wait;wait=null;f(e.data)} else q.push(e.data)};
let sent=0; const next=async()=>{ w.postMessage(sent++); return q.length? q.shift(): await new Promise(r=>wait=r)};
for(let i=0;i<2;i++) w.postMessage(sent++);
for(let i=0;i<12;i++) await next();
const R:Record<string,number[]>={run:[],worker:[],thread:[]};
for(let r=0;r<6;r++){
 for(let i=0;i<4;i++){const t=performance.now(); await run(); R.run!.push(performance.now()-t);}
 for(let i=0;i<5;i++){const t=performance.now(); await next(); await run(); if(i) R.worker!.push(performance.now()-t);}
 await new Promise(f=>setTimeout(f,100));
 for(let i=0;i<4;i++){const t=performance.now(); for(const [k,e] of (await Promise.all(examplesOfStep(48,8,1,i).map(j=>small.example(j)))).entries()) augment(e,a,stream(`augment/${i}/${k}`,1)); await run(); R.thread!.push(performance.now()-t);}
}
for(const [k,v] of Object.entries(R)) {v.sort((p,q)=>p-q); console.log(k,v[0]!.toFixed(0),v[v.length>>2]!.toFixed(0),v[v.length>>1]!.toFixed(0));}
console.log("worker ms", ms.sort((p,q)=>p-q)[ms.length>>1]);
Deno.exit(0);
