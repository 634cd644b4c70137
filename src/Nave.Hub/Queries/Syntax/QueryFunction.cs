namespace Nave.Hub.Queries;

/// <summary>A function of one row's values.</summary>
internal enum QueryFunction
{
    /// <summary>Whether the value is there, <c>null</c> included.</summary>
    IsDefined,

    /// <summary>Whether it is <c>null</c>.</summary>
    IsNull,

    /// <summary>Whether it is a string.</summary>
    IsString,

    /// <summary>Whether it is a number.</summary>
    IsNumber,

    /// <summary>Whether it is a boolean.</summary>
    IsBool,

    /// <summary>Whether it is an array.</summary>
    IsArray,

    /// <summary>Whether it is an object.</summary>
    IsObject,

    /// <summary>Whether it is a string, a number, a boolean or <c>null</c>.</summary>
    IsPrimitive,

    /// <summary>The number that a string spells; a number stays as it is.</summary>
    AsNumber,

    /// <summary>The absolute value.</summary>
    Abs,

    /// <summary>e to the power of x.</summary>
    Exp,

    /// <summary>x to the power of y.</summary>
    Power,

    /// <summary>x times x.</summary>
    Square,

    /// <summary>The smallest whole number not below x.</summary>
    Ceiling,

    /// <summary>The largest whole number not above x.</summary>
    Floor,

    /// <summary>-1, 0 or 1.</summary>
    Sign,

    /// <summary>The square root.</summary>
    Sqrt,

    /// <summary>The strings one after the other.</summary>
    Concat,

    /// <summary>The number of characters (code points) of a string.</summary>
    Length,

    /// <summary>The string in lower case.</summary>
    Lower,

    /// <summary>The string in upper case.</summary>
    Upper,

    /// <summary>Part of a string: from a position (from 0) on, to the end or for a length.</summary>
    Substring,

    /// <summary>Where a string first holds another, from 0; -1 if it does not.</summary>
    IndexOf,

    /// <summary>Whether a string begins with another.</summary>
    StartsWith,

    /// <summary>Whether a string ends with another.</summary>
    EndsWith,

    /// <summary>Whether a string holds another.</summary>
    Contains,
}
