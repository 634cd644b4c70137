using System.Globalization;
using System.Text.Json;

namespace Nave.Fleet.Simulation.Templates;

/// <summary>What a template's expression yields: a number, a whole number, a truth value or a text.</summary>
internal readonly struct TemplateValue
{
    private readonly TemplateValueKind _kind;
    private readonly double _number;
    private readonly long _integer;
    private readonly string? _text;

    private TemplateValue(TemplateValueKind kind, double number, long integer, string? text)
    {
        _kind = kind;
        _number = number;
        _integer = integer;
        _text = text;
    }

    /// <summary>Gets a value indicating whether it can be calculated with.</summary>
    public bool IsNumber => _kind is TemplateValueKind.Number or TemplateValueKind.Integer;

    /// <summary>Gets the number; 0 if it is none.</summary>
    public double Number => _kind == TemplateValueKind.Integer ? _integer : _number;

    public static TemplateValue Of(double number) => new(TemplateValueKind.Number, number, 0, null);

    public static TemplateValue Of(long integer) => new(TemplateValueKind.Integer, 0, integer, null);

    public static TemplateValue Of(bool truth) => new(TemplateValueKind.Boolean, 0, truth ? 1 : 0, null);

    public static TemplateValue Of(string text) => new(TemplateValueKind.Text, 0, 0, text);

    public void Write(Utf8JsonWriter json)
    {
        switch (_kind)
        {
            case TemplateValueKind.Number:
                WriteFinite(json, _number);
                break;
            case TemplateValueKind.Integer:
                json.WriteNumberValue(_integer);
                break;
            case TemplateValueKind.Boolean:
                json.WriteBooleanValue(_integer != 0);
                break;
            default:
                json.WriteStringValue(_text);
                break;
        }
    }

    public override string ToString() => _kind switch
    {
        TemplateValueKind.Number => _number.ToString(CultureInfo.InvariantCulture),
        TemplateValueKind.Integer => _integer.ToString(CultureInfo.InvariantCulture),
        TemplateValueKind.Boolean => _integer != 0 ? "true" : "false",
        _ => _text ?? string.Empty,
    };

    // JSON has no word for what a calculation with huge numbers may yield.
    private static void WriteFinite(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
