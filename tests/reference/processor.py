"""What transformers' SegFormer labels when its processor's settings differ: python tests/reference/processor.py

Needs torch, transformers, pillow and ../shared/golden; writes tests/golden/own/processor.safetensors. The
pictures are resized, rescaled and normalised here, by PIL and numpy, as preprocessor_config.json says.
"""
import json, numpy as np, torch
from PIL import Image
from safetensors.numpy import save_file
from transformers import SegformerForSemanticSegmentation
W,H=75,55
y,x,c=np.meshgrid(np.arange(H),np.arange(W),np.arange(3),indexing='ij')
img=(((x*x*3 + y*y*5*(c+1) + 11*x*y*(c+2))>>5)%256).astype(np.uint8)
m=SegformerForSemanticSegmentation.from_pretrained('../shared/golden/segformer_hub').eval()
mean=np.array([0.485,0.456,0.406]);std=np.array([0.229,0.224,0.225])
R=Image.Resampling
base=dict(resize=(48,64),res=2,rescale=True,norm=True)   # h,w
cases={'plain':{}, 'nearest':dict(res=0),'lanczos':dict(res=1),'bicubic':dict(res=3),'box':dict(res=4),'hamming':dict(res=5),
 'noresize':dict(resize=None),'norescale':dict(rescale=False),'nonorm':dict(norm=False),'neither':dict(rescale=False,norm=False),
 'shortest_edge':dict(resize='edge')}
out={}
for name,ch in cases.items():
    o={**base,**ch}
    im=Image.fromarray(img)
    if o['resize']=='edge':
        e=64; short,long=min(H,W),max(H,W); nl=int(e*long/short)
        im=im.resize((nl,e) if W>H else (e,nl),R(o['res']))
    elif o['resize']: im=im.resize((o['resize'][1],o['resize'][0]),R(o['res']))
    a=np.asarray(im).astype(np.float64)
    if o['rescale']: a=a*(1/255)
    if o['norm']: a=(a-mean)/std
    t=torch.tensor(a.astype(np.float32)).permute(2,0,1)[None]
    with torch.no_grad():
        l=m(t).logits
        l=torch.nn.functional.interpolate(l,size=(H,W),mode='bilinear',align_corners=False)
    lab=l.argmax(1)[0].numpy().astype(np.uint8)
    out[name]=lab
    print(name, a.shape, np.bincount(lab.ravel(),minlength=6), (lab!=out['plain']).mean())
save_file(out,'tests/golden/own/processor.safetensors',metadata={'reference':'transformers 5.18.0 SegformerForSemanticSegmentation on PIL 12.3 pictures','config':json.dumps({'height':H,'width':W})})
