import { toBuffer } from 'bwip-js/node';

/** A printed DataMatrix as a PNG. */
export function dataMatrixPng(text: string): Promise<Buffer> {
  return toBuffer({ bcid: 'datamatrix', text, scale: 4, padding: 8, backgroundcolor: 'ffffff' });
}
