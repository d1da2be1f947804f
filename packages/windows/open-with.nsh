; Slipway among the programs of "Open with", without taking any kind of file from the program that has it now, as the
; bundler's own associations would. open-with.wxs says the same to the other installer.

!macro NSIS_HOOK_POSTINSTALL
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe" "FriendlyAppName" "Slipway"
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\shell\open\command" "" '"$INSTDIR\slipway-desktop.exe" "%1"'
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mp4" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".m4v" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mov" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mkv" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".webm" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".avi" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".wmv" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mpg" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mpeg" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mxf" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mts" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".m2ts" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".ts" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".3gp" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".ogv" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".flv" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".mp3" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".m4a" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".wav" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".aac" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".flac" ""
  WriteRegStr SHCTX "Software\Classes\Applications\slipway-desktop.exe\SupportedTypes" ".ogg" ""
!macroend

!macro NSIS_HOOK_PREUNINSTALL
  DeleteRegKey SHCTX "Software\Classes\Applications\slipway-desktop.exe"
!macroend
