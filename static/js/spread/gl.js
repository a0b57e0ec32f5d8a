// Draws a crowd with WebGL2: light added up in a half-float texture, then shown. A replay adds the newest rows only.
import { CONTRAST, crowdRadius, DIM, edgeStrength, manner, STEEPNESS } from "./crowd.js";
import { NOBODY } from "./wire.js";

const SOFTWARE = /swiftshader|llvmpipe|basic render|softpipe|software/i;

const PLACE = `#version 300 es
precision highp float;
uniform vec4 view; // left, top, unit in pixels; 0
uniform vec2 field;
vec4 onScreen(vec2 p) {
  vec2 at = (view.xy + p * view.z) / field * 2. - 1.;
  return vec4(at.x, -at.y, 0, 1);
}
const float WHOLE = 32767. / 32000.;
`;

const POINTS = `${PLACE}
layout(location = 0) in vec2 here;
layout(location = 1) in vec4 colour;
layout(location = 2) in float radius;
uniform float closer;
out vec3 light;
out float size;
void main() {
  gl_Position = onScreen(here * WHOLE);
  float r = max(0.55, radius * closer / 8.);
  size = 2. * r + 1.;
  gl_PointSize = size;
  light = colour.rgb * colour.a;
}`;

const DISC = `#version 300 es
precision highp float;
in vec3 light;
in float size;
out vec4 seen;
void main() {
  float edge = size * .5 - length(gl_PointCoord - .5) * size;
  seen = vec4(light * clamp(edge, 0., 1.) * 1.4, 1.);
}`;

const CURVES = `${PLACE}
layout(location = 0) in vec2 from;
layout(location = 1) in vec2 to;
layout(location = 2) in vec2 centre;
layout(location = 3) in vec4 colour;
layout(location = 4) in float drawn;
uniform float steps;
uniform float strength;
out vec3 light;
void main() {
  vec2 o = centre * WHOLE, p = from * WHOLE - o, c = to * WHOLE - o;
  float pr = length(p), cr = length(c), m = (pr + cr) * .5, t = float(gl_VertexID) / steps, s = 1. - t;
  vec2 a = p, b = c;
  if (cr > 1e-6) {
    b = c / cr * m;
    a = pr > 1e-4 ? p / pr * m : mat2(.955, -.296, .296, .955) * c / cr * m * .8;
  }
  vec2 at = s * s * s * p + 3. * s * s * t * a + 3. * s * t * t * b + t * t * t * c;
  gl_Position = drawn > 0. ? onScreen(at + o) : vec4(2, 2, 2, 1);
  light = colour.rgb * colour.a * strength;
}`;

const FLAT = `#version 300 es
precision highp float;
in vec3 light;
out vec4 seen;
void main() { seen = vec4(light, 1.); }`;

const WHOLE = `#version 300 es
const vec2 CORNERS[3] = vec2[3](vec2(-1, -1), vec2(3, -1), vec2(-1, 3));
void main() { gl_Position = vec4(CORNERS[gl_VertexID], 0, 1); }`;

const SHOWN = `#version 300 es
precision highp float;
uniform sampler2D lights;
uniform float white;
uniform float purer;
out vec4 seen;
void main() {
  vec3 light = texelFetch(lights, ivec2(gl_FragCoord.xy), 0).rgb;
  float most = max(light.r, max(light.g, light.b));
  float share = min(1., pow(log(1. + ${STEEPNESS} * most) / log(1. + ${STEEPNESS} * white), ${CONTRAST}));
  float grey = purer * min(light.r, min(light.g, light.b));
  seen = most > .004 ? vec4((light - grey) / (most - grey) * share, share) : vec4(0);
}`;

/** A WebGL2 context that can add up light and is no slower than drawing by hand; else null. */
export function hardware(canvas, even = false) {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true });
  if (!gl || !(gl.getExtension("EXT_color_buffer_float") || gl.getExtension("EXT_color_buffer_half_float"))) return null;
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const by = named ? gl.getParameter(named.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER);
  return even || !SOFTWARE.test(by) ? gl : null;
}

export class Gl {
  constructor(canvas, gl) {
    this.name = "webgl";
    this.canvas = canvas;
    this.gl = gl;
    this.points = program(gl, POINTS, DISC);
    this.curves = program(gl, CURVES, FLAT);
    this.shown = program(gl, WHOLE, SHOWN);
    [this.places, this.ends, this.looks] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
    this.none = gl.createVertexArray();
    this.frame = gl.createFramebuffer();
    this.texture = gl.createTexture();
  }

  resize(width, height, ratio) {
    const { gl } = this;
    this.ratio = ratio;
    this.width = this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.height = this.canvas.height = Math.max(1, Math.round(height * ratio));
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16F, this.width, this.height, 0, gl.RGBA, gl.HALF_FLOAT, null);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
  }

  load(forest) {
    this.forest = forest;
    this.manner = manner(forest);
    this.placed = null;
  }

  back() {
    return false;
  }

  begin(view) {
    const { gl, ratio } = this;
    this.view = view;
    if (this.placed !== view.xs || view.moved) this.place(view);
    this.look(view);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.viewport(0, 0, this.width, this.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const one of [this.points, this.curves]) {
      gl.useProgram(one);
      gl.uniform4f(gl.getUniformLocation(one, "view"), view.left * ratio, view.top * ratio, view.unit * ratio, 0);
      gl.uniform2f(gl.getUniformLocation(one, "field"), this.width, this.height);
    }
    this.count = 0;
  }

  place({ xs, ys }) {
    const { gl, forest } = this;
    const { n, parent, root, packed } = forest;
    const whole = (part) => Math.max(-32767, Math.min(32767, Math.round(part * 32000)));
    const here = new Int16Array(n * 2);
    const ends = new Int16Array(n * 6);
    for (let row = 0; row < n; row++) {
      here[row * 2] = whole(xs[row]);
      here[row * 2 + 1] = whole(ys[row]);
    }
    for (let row = 0; row < n; row++) {
      const above = parent[row] === NOBODY ? row : parent[row];
      ends.set([here[above * 2], here[above * 2 + 1], here[row * 2], here[row * 2 + 1], packed ? here[root[row] * 2] : 0, packed ? here[root[row] * 2 + 1] : 0], row * 6);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.places);
    gl.bufferData(gl.ARRAY_BUFFER, here, gl.STATIC_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.ends);
    gl.bufferData(gl.ARRAY_BUFFER, ends, gl.STATIC_DRAW);
    this.placed = xs;
  }

  look(view) {
    const { gl, forest, manner } = this;
    const { n, parent, size, combo } = forest;
    const looks = new Uint8Array(n * 8);
    for (let row = 0; row < n; row++) {
      const first = parent[row] === NOBODY;
      const colour = first ? [255, 243, 223] : view.lights[view.tones[row]];
      const strong = view.keeps[combo[row]] && row >= view.from && row < view.to ? 255 : 255 * DIM;
      const radius = first ? Math.max(1.6, crowdRadius(size[row], n, 1) * 1.3) : crowdRadius(size[row], n, 1);
      const at = row * 8;
      looks[at] = colour[0];
      looks[at + 1] = colour[1];
      looks[at + 2] = colour[2];
      looks[at + 3] = strong;
      looks[at + 4] = Math.min(255, radius * 8);
      looks[at + 5] = !first && size[row] >= manner.least ? 255 : 0;
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.looks);
    gl.bufferData(gl.ARRAY_BUFFER, looks, gl.STATIC_DRAW);
  }

  add(from, to) {
    const { gl, manner, view } = this;
    if (to <= from) return;
    gl.bindVertexArray(null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.viewport(0, 0, this.width, this.height);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE);
    const field = (at, count, type, normal, stride, offset, each) => {
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, count, type, normal, stride, offset);
      gl.vertexAttribDivisor(at, each);
    };
    gl.useProgram(this.curves);
    gl.uniform1f(gl.getUniformLocation(this.curves, "steps"), manner.steps);
    gl.uniform1f(gl.getUniformLocation(this.curves, "strength"), edgeStrength(manner, view.white));
    gl.bindBuffer(gl.ARRAY_BUFFER, this.ends);
    for (let part = 0; part < 3; part++) field(part, 2, gl.SHORT, true, 12, from * 12 + part * 4, 1);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.looks);
    field(3, 4, gl.UNSIGNED_BYTE, true, 8, from * 8, 1);
    field(4, 1, gl.UNSIGNED_BYTE, true, 8, from * 8 + 5, 1);
    gl.drawArraysInstanced(gl.LINE_STRIP, 0, manner.steps + 1, to - from);

    gl.useProgram(this.points);
    gl.uniform1f(gl.getUniformLocation(this.points, "closer"), Math.min(3, view.zoom ** 0.4) * this.ratio);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.places);
    field(0, 2, gl.SHORT, true, 4, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.looks);
    field(1, 4, gl.UNSIGNED_BYTE, true, 8, 0, 0);
    field(2, 1, gl.UNSIGNED_BYTE, false, 8, 4, 0);
    for (const unused of [3, 4]) gl.disableVertexAttribArray(unused);
    gl.drawArrays(gl.POINTS, from, to - from);
    this.count = to;
  }

  present() {
    const { gl } = this;
    gl.disable(gl.BLEND);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.width, this.height);
    gl.bindVertexArray(this.none);
    gl.useProgram(this.shown);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.uniform1f(gl.getUniformLocation(this.shown, "white"), this.view.white);
    gl.uniform1f(gl.getUniformLocation(this.shown, "purer"), this.manner.purer);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.bindVertexArray(null);
  }

  lit() {
    const { gl } = this;
    const pixels = new Uint8Array(this.width * this.height * 4);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.readPixels(0, 0, this.width, this.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let count = 0;
    for (let at = 3; at < pixels.length; at += 4) if (pixels[at] > 20) count++;
    return count;
  }
}

function program(gl, vertex, fragment) {
  const made = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  return made;
}
