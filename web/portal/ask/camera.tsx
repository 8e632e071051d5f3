import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useLanguage } from '../language.tsx';
import { loadReader, readPicture } from './scan.ts';

const EVERY_MS = 80;

function CameraView({ onText }: { readonly onText: (text: string) => void }): ReactNode {
  const { t } = useLanguage();
  const video = useRef<HTMLVideoElement>(null);
  const [denied, setDenied] = useState(false);
  useEffect(() => {
    let stopped = false;
    let stream: MediaStream | undefined;
    const canvas = document.createElement('canvas');
    const look = async (): Promise<void> => {
      const { current } = video;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (stopped || current === null || context === null) return;
      if (current.videoWidth > 0) {
        canvas.width = current.videoWidth;
        canvas.height = current.videoHeight;
        context.drawImage(current, 0, 0);
        const text = await readPicture(context.getImageData(0, 0, canvas.width, canvas.height));
        if (stopped) return;
        if (text !== undefined) {
          onText(text);
          return;
        }
      }
      setTimeout(() => { void look(); }, EVERY_MS);
    };
    const start = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false });
      await loadReader();
      if (stopped || video.current === null) return;
      video.current.srcObject = stream;
      await video.current.play();
      await look();
    };
    start().catch(() => { if (!stopped) setDenied(true); });
    return () => {
      stopped = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [onText]);
  return denied ? <p role="alert">{t('cameraDenied')}</p> : <video ref={video} muted playsInline aria-label={t('cameraTitle')} />;
}

/** A button that opens the camera and closes it when a code was read. */
export function CameraButton({ onText }: { readonly onText: (text: string) => void }): ReactNode {
  const { t } = useLanguage();
  const [open, setOpen] = useState(false);
  const read = useRef((text: string) => { setOpen(false); onText(text); });
  useEffect(() => { read.current = (text) => { setOpen(false); onText(text); }; }, [onText]);
  const [stable] = useState(() => (text: string) => read.current(text));
  return (
    <DialogTrigger isOpen={open} onOpenChange={setOpen}>
      <Button>{t('camera')}</Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal"><Dialog><Heading slot="title">{t('cameraTitle')}</Heading><CameraView onText={stable} /><Button slot="close">{t('close')}</Button></Dialog></Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
