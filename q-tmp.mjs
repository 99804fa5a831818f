import fs from 'node:fs'; const d=process.argv[2]; const p=JSON.parse(fs.readFileSync(d+'/'+fs.readdirSync(d).at(-1))); const self=new Map(); const dt=p.timeDeltas; const idx=new Map(p.nodes.map(n=>[n.id,n]));
p.samples.forEach((s,i)=>{const n=idx.get(s); const k=n.callFrame.functionName+' '+n.callFrame.url.split('/').at(-1)+':'+n.callFrame.lineNumber; self.set(k,(self.get(k)??0)+dt[i]);});
const tot=[...self.values()].reduce((a,b)=>a+b,0); console.log([...self].sort((a,b)=>b[1]-a[1]).slice(0,18).map(([k,v])=>(v/tot*100).toFixed(1)+'% '+k).join('\n'));
