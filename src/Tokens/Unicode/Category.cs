namespace Euterpe.Tokens.Unicode;

/// <summary>The general categories, in the order of the generated table.</summary>
internal enum Category : byte
{
    Cn, Cc, Cf, Co, Cs, Ll, Lm, Lo, Lt, Lu, Mc, Me, Mn, Nd, Nl, No, Pc, Pd, Pe, Pf, Pi, Po, Ps, Sc, Sk, Sm, So, Zl, Zp, Zs,
}
