/** A network of two layers with a ReLU between, and what backpropagation says of it. */

import type { Random } from './random.js';

export class Network {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
  /** Weights of both layers, then biases of both: one array, so that an optimiser needs to know no more. */
  readonly parameters: Float64Array;
  /** How many of the parameters are weights. */
  readonly weights: number;

  /** Weights are uniform with variance 2 / inputs (He et al. 2015), biases 0. */
  constructor(inputs: number, hidden: number, outputs: number, random: Random) {
    this.inputs = inputs;
    this.hidden = hidden;
    this.outputs = outputs;
    this.weights = inputs * hidden + hidden * outputs;
    this.parameters = new Float64Array(this.weights + hidden + outputs);
    const [first, second] = this.#layers(this.parameters);
    for (const { weight, inputs: fanIn } of [first, second]) {
      const bound = Math.sqrt(6 / fanIn);
      for (let i = 0; i < weight.length; i++) weight[i] = (2 * random.uniform() - 1) * bound;
    }
  }

  /** Logits, rows × outputs, and the hidden layer, rows × hidden, which `backward` wants again. */
  forward(input: Float32Array, rows: number): { logits: Float32Array; hidden: Float32Array } {
    const [first, second] = this.#layers(this.parameters);
    const hidden = linear(input, rows, first);
    for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(0, hidden[i]);
    return { logits: linear(hidden, rows, second), hidden };
  }

  /** Adds the gradient of a loss to `gradient`, which is laid out as the parameters are. */
  backward(
    input: Float32Array,
    hidden: Float32Array,
    ofLogits: Float32Array,
    gradient: Float64Array,
  ): void {
    const [, second] = this.#layers(this.parameters);
    const [ofFirst, ofSecond] = this.#layers(gradient);
    addGradient(hidden, ofLogits, ofSecond);
    const ofHidden = linearBack(ofLogits, second);
    for (let i = 0; i < hidden.length; i++) if (hidden[i] === 0) ofHidden[i] = 0;
    addGradient(input, ofHidden, ofFirst);
  }

  #layers(all: Float64Array): [Layer, Layer] {
    const { inputs, hidden, outputs, weights } = this;
    return [
      {
        inputs,
        outputs: hidden,
        weight: all.subarray(0, inputs * hidden),
        bias: all.subarray(weights, weights + hidden),
      },
      {
        inputs: hidden,
        outputs,
        weight: all.subarray(inputs * hidden, weights),
        bias: all.subarray(weights + hidden),
      },
    ];
  }
}

/** y = x·W + b, with W inputs × outputs. */
interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

function linear(x: Float32Array, rows: number, { inputs, outputs, weight, bias }: Layer) {
  const y = new Float32Array(rows * outputs);
  const sums = new Float64Array(outputs);
  for (let r = 0; r < rows; r++) {
    sums.set(bias);
    for (let i = 0; i < inputs; i++) {
      const value = x[r * inputs + i];
      // Most pixels are blank, and half of what a ReLU lets through is 0.
      if (value === 0) continue;
      for (let o = 0; o < outputs; o++) sums[o] += value * weight[i * outputs + o];
    }
    y.set(sums, r * outputs);
  }
  return y;
}

/** ∂L/∂x = ∂L/∂y · Wᵀ */
function linearBack(ofY: Float32Array, { inputs, outputs, weight }: Layer): Float32Array {
  const rows = ofY.length / outputs;
  const ofX = new Float32Array(rows * inputs);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += ofY[r * outputs + o] * weight[i * outputs + o];
      ofX[r * inputs + i] = sum;
    }
  }
  return ofX;
}

/** Adds ∂L/∂W = xᵀ · ∂L/∂y, and its sum over rows for the bias. */
function addGradient(x: Float32Array, ofY: Float32Array, of: Layer): void {
  const { inputs, outputs, weight, bias } = of;
  const rows = ofY.length / outputs;
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) bias[o] += ofY[r * outputs + o];
    for (let i = 0; i < inputs; i++) {
      const value = x[r * inputs + i];
      if (value === 0) continue;
      for (let o = 0; o < outputs; o++) weight[i * outputs + o] += value * ofY[r * outputs + o];
    }
  }
}
