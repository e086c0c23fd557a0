using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>Mel-frequency cepstra: a cosine transform over the bands of a logarithmic mel spectrogram.</summary>
public static class Mfcc
{
    /// <summary>
    /// [coefficients, frames] of logMel. lifter l multiplies coefficient i (from 0) by 1 + l / 2 sin(pi (i + 1) / l), 0 for none (librosa).
    /// </summary>
    public static FeatureMap Of(FeatureMap logMel, int coefficients, int type = 2, bool ortho = true, double lifter = 0)
    {
        if (coefficients < 1 || coefficients > logMel.Rows || !(lifter >= 0))
        {
            throw new OptionsException($"[mfcc] 1 to {logMel.Rows} coefficients and a lifter of 0 or more are expected: found {coefficients} "
                + $"and {lifter}.");
        }
        double[] matrix = Dct.Matrix(type, logMel.Rows, coefficients, ortho);
        var cepstra = new FeatureMap(coefficients, logMel.Frames);
        double[] sums = new double[logMel.Frames];
        for (int i = 0; i < coefficients; i++)
        {
            Array.Clear(sums);
            for (int band = 0; band < logMel.Rows; band++)
            {
                double weight = matrix[(i * logMel.Rows) + band];
                ReadOnlySpan<float> row = logMel.Row(band);
                for (int t = 0; t < sums.Length; t++)
                {
                    sums[t] += weight * row[t];
                }
            }
            double factor = lifter > 0 ? 1 + (lifter / 2 * DoubleFunctions.Sin(Math.PI * (i + 1) / lifter)) : 1;
            Span<float> target = cepstra.Row(i);
            for (int t = 0; t < sums.Length; t++)
            {
                target[t] = (float)(sums[t] * factor);
            }
        }
        return cepstra;
    }

    /// <summary>
    /// [coefficients, bands], torchaudio's create_dct turned, with its arithmetic: angles are float32 products, which moves the cosines by up to
    /// 7e-6. Without ortho it is doubled.
    /// </summary>
    public static float[] TorchaudioMatrix(int coefficients, int bands, bool ortho = true)
    {
        float[] matrix = new float[coefficients * bands];
        float step = (float)(Math.PI / bands), scale = (float)Math.Sqrt(2.0 / bands), first = (float)(1 / Math.Sqrt(2));
        for (int k = 0; k < coefficients; k++)
        {
            for (int n = 0; n < bands; n++)
            {
                float angle = step * (n + 0.5f);
                float cosine = (float)DoubleFunctions.Cos(angle * k);
                matrix[(k * bands) + n] = ortho ? cosine * (k == 0 ? first : 1f) * scale : cosine * 2;
            }
        }
        return matrix;
    }
}
