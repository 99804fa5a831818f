import { scoreFile } from './dist/index.js';
const f=process.argv[2];
for(let i=0;i<8;i++){const t=performance.now(); await scoreFile(f,{kind:'logits',threads:1,diagnose:false,ranking:false}); console.log((performance.now()-t).toFixed(0));}
