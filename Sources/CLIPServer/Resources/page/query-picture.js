// Makes a small JPEG of a picture that is used as a query: quick to send, and any format that the
// browser can show works, whatever the server decodes.

const longestSide = 640;

/// { base64, preview } of a File or Blob. Throws when the browser cannot decode it.
export async function prepare(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const address = canvas.toDataURL("image/jpeg", 0.92);
  return { base64: address.slice(address.indexOf(",") + 1), preview: address };
}
