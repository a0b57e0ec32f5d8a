// Takes a part of a picture as pixels; for the page and for the worker.

/**
 * Draw a part of a picture onto a canvas, no longer than `most` pixels, and give its pixels.
 *
 * @param region What part, as fractions of the picture's width and height: {x, y, width, height}.
 */
export function cut(canvas, image, wide, high, region, most) {
  const [width, height] = [region.width * wide, region.height * high];
  const scale = Math.min(1, most / Math.max(width, height));
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  context.drawImage(image, region.x * wide, region.y * high, width, height, 0, 0, across, down);
  return context.getImageData(0, 0, across, down);
}
