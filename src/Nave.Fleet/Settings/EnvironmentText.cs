using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Nave.Fleet.Settings;

/// <summary>
/// Puts environment variables into a value of a configuration file, so that secrets stay out of files: <c>${NAME}</c>, <c>${NAME:-what to take without
/// it}</c>; <c>$${</c> stands for <c>${</c>. What a variable holds is not expanded again.
/// </summary>
public static class EnvironmentText
{
    /// <summary>Expands a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="environment">Gets a variable, or <see langword="null"/>.</param>
    /// <param name="expanded">The text with values in place of names.</param>
    /// <param name="problem">Which variable is missing or what is malformed; never a value.</param>
    public static bool TryExpand(
        string text, Func<string, string?> environment, [NotNullWhen(true)] out string? expanded, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(environment);
        expanded = problem = null;
        var result = new StringBuilder(text.Length);
        var at = 0;
        while (true)
        {
            var open = text.IndexOf("${", at, StringComparison.Ordinal);
            if (open < 0)
            {
                expanded = result.Append(text, at, text.Length - at).ToString();
                return true;
            }

            if (open > at && text[open - 1] == '$')
            {
                result.Append(text, at, open - at - 1).Append("${");
                at = open + 2;
                continue;
            }

            var close = text.IndexOf('}', open);
            if (close < 0)
            {
                problem = "has '${' without '}'; '$${' stands for the characters themselves.";
                return false;
            }

            var inside = text[(open + 2)..close];
            var fallback = inside.IndexOf(":-", StringComparison.Ordinal);
            var name = fallback < 0 ? inside : inside[..fallback];
            if (!IsName(name))
            {
                problem = $"names the environment variable '{name}'; letters, digits and '_' are permitted, and no digit at the start.";
                return false;
            }

            var value = environment(name);
            if (string.IsNullOrEmpty(value))
            {
                value = fallback >= 0 ? inside[(fallback + 2)..] : value;
            }

            if (value is null)
            {
                problem = $"needs the environment variable {name}, which is not set.";
                return false;
            }

            result.Append(text, at, open - at).Append(value);
            at = close + 1;
        }
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
