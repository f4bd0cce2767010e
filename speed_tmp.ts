import process from "node:process";
import { variantOf } from "./lib/families/registry.ts";
import { modelOf, declaredBy } from "./lib/families/family.ts";
import { initialize } from "./lib/nn/init.ts";
import { TrainStep } from "./lib/train/step.ts";
import { stepGraph } from "./lib/train/step_graph.ts";
import { PLAIN_LOSS } from "./lib/nn/losses/options.ts";
const [variant, side, batch, classes, rounds, ...losses] = Deno.args;
const S=+side, B=+batch, C=+classes;
const architecture = variantOf(variant).architecture({ classes: C, image: S, dropPath: 0, decoderDropout: 0 });
const shape=[B,3,S,S];
const images={shape,data:Float32Array.from({length:B*3*S*S},(_,i)=>((i*7919+13)%1000)/500-1)};
const labels=Uint8Array.from({length:B*S*S},(_,i)=>{const l=Math.floor(i/37)%(C+1); return l===C?255:l;});
const steps: [string, ()=>Promise<number>][]=[];
for (const loss of losses) {
  const [l, w] = loss.split("|");
  const config={batch:B,crop:S,accumulate:1,optimizer:{name:"adamw",betas:[0.9,0.999],eps:1e-8} as const,group:()=>({lrScale:1,weightDecay:0.01}),clip:1,threads:1,seed:0,loss:{...PLAIN_LOSS,loss:l,classWeights:w?.includes("w")?Array.from({length:C},(_,i)=>1+i%3):null,labelSmoothing:w?.includes("s")?0.1:0}};
  const graph=stepGraph(modelOf(architecture),config);
  const tr=await TrainStep.compile(graph,config,initialize(graph.net.parameters,0));
  let n=0;
  steps.push([loss, async()=>{const s=n++; const t=process.cpuUsage(); const r=await tr.run([{step:s,unlabelled:[],images,labels:{shape:[B,S,S],data:labels}}],s,2e-4); const u=process.cpuUsage(t); return (u.user+u.system)/1000;}]);
}
const ms=steps.map(()=>[] as number[]);
for(let r=0;r<+rounds+1;r++) for(const [i,[,f]] of steps.entries()){const t=await f(); if(r>0) ms[i].push(t);}
const med=(a:number[])=>a.toSorted((x,y)=>x-y)[a.length>>1]; const min=(a:number[])=>Math.min(...a);
for(const [i,[n]] of steps.entries()) console.log(variant,n,"median",med(ms[i]).toFixed(0),"ratio",(med(ms[i])/med(ms[0])).toFixed(3),"paired",med(ms[i].map((x,k)=>x/ms[0][k])).toFixed(3),"min ratio",(min(ms[i])/min(ms[0])).toFixed(3), "min", min(ms[i]).toFixed(0));
