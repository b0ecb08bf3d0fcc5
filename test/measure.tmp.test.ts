import { profile, ops, chunks } from "/tmp/profile.ts";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { network } from "hardhat";
import { encodeFunctionData } from "viem";
import { deployIntel, upsertsOf, transactionGas } from "/work/main/test/contracts/verifiers/intel.ts";
const V="/work/shared/vectors/tdx/"; const index=JSON.parse(readFileSync(V+"index.json","utf8"));
const file=(id:string)=>index.collateral.find((c:any)=>c.id===id);
const pem=(n:string)=>{const b=readFileSync(V+"certs/"+n+".der").toString("base64");return "-----BEGIN CERTIFICATE-----\n"+b.match(/.{1,64}/g)!.join("\n")+"\n-----END CERTIFICATE-----\n"};
export function collateralOf(c:any){ const T=file(c.tcbInfo),Q=file(c.qeIdentity); const u=(s:string)=>Buffer.from(s);
 return {pckCrlIssuerChain:u(pem("platformCa")+pem("root")),rootCaCrl:readFileSync(V+file(c.rootCrl).file),pckCrl:readFileSync(V+file(c.pckCrl).file),tcbInfoIssuerChain:u(pem(c.tcbSigning)+pem("root")),tcbInfo:readFileSync(V+T.file),tcbInfoSignature:Buffer.from(T.signature,"hex"),qeIdentityIssuerChain:u(pem(c.tcbSigning)+pem("root")),qeIdentity:readFileSync(V+Q.file),qeIdentitySignature:Buffer.from(Q.signature,"hex"),numbers:[T.tcbEvaluationDataNumber,Q.tcbEvaluationDataNumber],now:c.now}}
it("measures", async()=>{
 const want=process.env.CASE??"tdx-00806f050000-e19-2026-06-30";
 const c=index.cases.find((x:any)=>x.tcbInfo===want && x.expected.status);
 const col:any=collateralOf(c); console.log(c.quote,c.tcbInfo,c.expected.status,c.qeIdentity,c.pckCrl);
 const chain=await network.create({network:"default",override:{initialDate:new Date((c.now-3600)*1000),allowBlocksWithSameTimestamp:true}});
 const intel=await deployIntel(chain,{tcbInfo:col.numbers[0],qeIdentity:col.numbers[1]});
 await chain.networkHelpers.time.increaseTo(c.now);
 const client=await chain.viem.getPublicClient(); const [w]=await chain.viem.getWalletClients();
 const prof=async(hash:any,c:string,d=1)=>{const t:any=await chain.provider.request({method:"debug_traceTransaction",params:[hash,{disableMemory:true,disableStack:true,disableStorage:true}]} as any); profile(c,t.structLogs,d); if(process.env.CH) chunks(c,t.structLogs); if(process.env.OPS) ops(c,t.structLogs,process.env.OPS);};
 const send=async(name:string,to:any,data:any)=>{try{const hash=await w!.sendTransaction({to,data,gas:transactionGas}); const r=await client.getTransactionReceipt({hash}); console.log(name,Number(r.gasUsed),r.status); if(process.env.PROF && name.startsWith(process.env.PROF)) await prof(hash,process.env.CONTRACT??"TDXVerifier",Number(process.env.DEPTH??1));return r;}catch(e:any){console.log(name,"REVERT",e.shortMessage?.slice(0,300)??e.message.slice(0,300), JSON.stringify(e.cause?.data??e.walk?.((x:any)=>x.data)?.data??"").slice(0,200))}};
 for(const u of upsertsOf(col)) await send(u.functionName,intel.collateral.address,encodeFunctionData({abi:intel.collateral.abi as any,functionName:u.functionName as any,args:u.args as any}));
 const Q=readFileSync(V+index.quotes.find((q:any)=>(q.id??q.name)===c.quote).file);
 const raw="0x"+Q.toString("hex") as any;
 const data=(r:any)=>encodeFunctionData({abi:intel.verifier.abi,functionName:"verify",args:[r]});
 await send("raw",intel.verifier.address,data(raw));
 const v=Q.readUInt16LE(0), be=v===4?632:54+Q.readUInt32LE(50), s=be+4, al=Q.readUInt16LE(s+582), inner=s+584+al; const text=Q.subarray(inner+6,inner+6+Q.readUInt32LE(inner+2)).toString("latin1");
 const leaf=Buffer.from(text.split("-----END")[0]!.replace(/-----BEGIN CERTIFICATE-----/,"").replace(/\s/g,""),"base64"); const L=Buffer.alloc(2);L.writeUInt16BE(al);
 const nh=Buffer.concat([Buffer.from("ff02","hex"),Q.subarray(0,be),Q.subarray(s,s+128),Q.subarray(s+134,s+582),L,Q.subarray(s+584,inner),leaf]);
 const r=await send("new host "+nh.length,intel.verifier.address,data("0x"+nh.toString("hex")));
 await send("new host again",intel.verifier.address,data("0x"+nh.toString("hex")));
 const logs=await client.getContractEvents({address:intel.verifier.address,abi:intel.verifier.abi,eventName:"HostVerified",fromBlock:0n});
 if(logs.length){const attrs=Buffer.from((logs[0] as any).args.attributes.slice(2),"hex");
 const kh=Buffer.concat([Buffer.from("ff01","hex"),Q.subarray(0,be),Q.subarray(s,s+128),attrs]);
 await send("known host "+kh.length,intel.verifier.address,data("0x"+kh.toString("hex")));
 const res:any=await client.readContract({address:intel.verifier.address,abi:intel.verifier.abi,functionName:"verify",args:["0x"+kh.toString("hex")]} as any); console.log(res);}
 await chain.close();
});
