// Points as soft discs; rows that come first (in most files the frequent words) are a little larger.

export const vertex = /* glsl */ `
uniform float depth;
uniform float dot;
uniform float pixels;
uniform float count;
uniform vec3 ramp[8];
uniform float steps;
attribute float tone;
varying vec3 hue;
varying float strength;

void main() {
  vec4 seen = modelViewMatrix * vec4(position.xy, position.z * depth, 1.0);
  gl_Position = projectionMatrix * seen;
  float early = 1.0 - log(1.0 + float(gl_VertexID)) / log(2.0 + count);
  float wide = dot * (0.75 + 2.6 * early * early) / -seen.z;
  gl_PointSize = clamp(wide, 1.0, 26.0) * pixels;
  strength = min(1.0, max(wide, 0.35)) * (0.55 + 0.45 * early);
  float place = clamp(tone, 0.0, 1.0) * (steps - 1.0);
  int left = int(min(floor(place + 0.001), steps - 2.0));
  hue = mix(ramp[left], ramp[left + 1], place - float(left));
}
`

export const fragment = /* glsl */ `
uniform float opacity;
uniform float covers;
varying vec3 hue;
varying float strength;

void main() {
  float far = length(gl_PointCoord - 0.5) * 2.0;
  float inside = 1.0 - smoothstep(0.65, 1.0, far);
  if (inside <= 0.01) discard;
  // What covers less than it gives shines where many lie on each other, but only up to its hue over what it covers: never all white.
  float alpha = opacity * strength * inside;
  gl_FragColor = vec4(hue * alpha, covers * alpha);
}
`
