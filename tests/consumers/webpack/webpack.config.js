export default {
  mode: 'production',
  entry: './src/main.js',
  output: { filename: 'main.js', module: true },
  experiments: { outputModule: true, topLevelAwait: true },
};
